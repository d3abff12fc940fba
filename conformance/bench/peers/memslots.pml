/* Slots that change while a vCPU uses them, step by step. "world.pml" is the data of one run: sets, script, menu.
 * One process; each option of its loop is one d_step, so that a step is one transition and a state one turn of the
 * loop. A bitmap is the bits of its host pages. Nothing here watches: there are no monitors in this model.
 */
#include "world.pml"

#define FREED 255                /* in place of a bitmap's bits */
#define BIT(n) (1 << (n))
#define HAS(bits, n) (((bits) >> (n)) & 1)
#define ALL_FRAMES (BIT(FRAMES) - 1)

/* The update: where it is in its script, and how it has ended. */
byte pc = START;
byte ended;                      /* 0 not yet, 1 returned, 2 failed */
byte active_set = FIRST_SET;
byte inactive_set = FIRST_SET;
byte marks[BITMAPS];             /* bits of each bitmap */
byte owing[BITMAPS];             /* bits of writes that nobody has been told of */
byte harvests = HARVESTS;

/* The vCPU. A translation is a frame's host page + 1, whether it is read-only, and its bitmap + 1; 0 is none. */
#define READY 0
#define LOOKING 1
#define HELD 2
#define MARKING 3
#define WAITING 4
byte at;
byte left = ACCESSES;
byte want;                       /* of the menu, from 1 */
byte nth;                        /* which of its frames */
byte page, log;
bool readonly, stale;
bool owed_turn;                  /* an update that is past made it wait; cleared when it looks up and need not wait */
byte cached_page[FRAMES], cached_log[FRAMES];
bool cached_readonly[FRAMES];

hidden byte frame, i, slot, bits;

#define FRAME wanted[2 * want + nth]
#define WRITES (kind[want] == WRITE)

/* At most two slots to a set; NONE where no slot lies behind the frame. */
#define NONE 255
#define COVERS(s, f) ((f) >= slot_base[s] && (f) < slot_base[s] + slot_pages[s])
#define BEHIND(set, f) (COVERS(2 * (set), f) -> 2 * (set) : (COVERS(2 * (set) + 1, f) -> 2 * (set) + 1 : NONE))
#define BLOCKED(set, f) (HAS(set_blocked[set], f) || (WRITES && HAS(set_nowrites[set], f)))
#define IS_INVALID(set, f) (BEHIND(set, f) != NONE && slot_invalid[BEHIND(set, f)])
#define LOGS_TO(set, n) \
  ((slot_pages[2 * (set)] > 0 && slot_log[2 * (set)] == (n) + 1) || \
   (slot_pages[2 * (set) + 1] > 0 && slot_log[2 * (set) + 1] == (n) + 1))

#define HOLDS (at == HELD || at == MARKING)
/* Who waits is owed a turn, which need only be known where the script will still ask. */
#define AWAITS_TURNS (pc < LAST_AWAIT)
/* The log calls are serialised with the calls that change slots, which take the lock for good after they have waited for turns. */
#define BETWEEN_CALLS (pc == END || pc == START || (pc > 0 && op[pc - 1] == RETURN) || waits_ahead[pc])

inline forget(frames) {
  i = 0;
  do
  :: i < FRAMES ->
       if
       :: HAS(frames, i) -> cached_page[i] = 0; cached_log[i] = 0; cached_readonly[i] = false
       :: else -> skip
       fi;
       i++
  :: else -> break
  od;
  i = 0
}
inline protect(frames) {
  i = 0;
  do
  :: i < FRAMES ->
       if
       :: HAS(frames, i) && cached_page[i] > 0 -> cached_readonly[i] = true
       :: else -> skip
       fi;
       i++
  :: else -> break
  od;
  i = 0
}
inline let_go() { page = 0; log = 0; readonly = false; stale = false }
/* The access is over. Behind the last one nothing that is cached matters. */
inline over() {
  at = READY; want = 0; nth = 0; owed_turn = false;
  let_go();
  if
  :: left == 0 -> forget(ALL_FRAMES)
  :: else -> skip
  fi
}

/* The access is complete on this frame. */
inline complete() {
  let_go();
  if
  :: nth + 1 < frames_of[want] -> nth++; at = LOOKING
  :: else -> over()
  fi
}

inline look_up() {
  frame = FRAME;
  slot = BEHIND(active_set, frame);
  if
  :: cached_page[frame] > 0 && !(WRITES && cached_readonly[frame]) ->
       /* served without a fault; a translation made while writes were logged marks in whatever bitmap is there now */
       at = HELD; owed_turn = false; page = cached_page[frame]; readonly = cached_readonly[frame];
       if
       :: cached_log[frame] == 0 -> log = 0
       :: cached_log[frame] > 0 && slot == NONE -> log = 0
       :: else -> log = slot_log[slot]
       fi
  :: else ->
       if
       :: BLOCKED(active_set, frame) -> at = WAITING
       :: !BLOCKED(active_set, frame) && slot == NONE -> over()          /* a hole: MMIO, or a failed fetch */
       :: !BLOCKED(active_set, frame) && slot != NONE ->
            if
            :: slot_invalid[slot] -> at = WAITING
            :: !slot_invalid[slot] && WRITES && slot_readonly[slot] -> over()   /* MMIO */
            :: else ->
                 at = HELD; owed_turn = false;
                 page = slot_page[slot] + frame - slot_base[slot] + 1;
                 readonly = slot_readonly[slot]; log = slot_log[slot];
                 cached_page[frame] = page; cached_log[frame] = log;
                 cached_readonly[frame] = readonly || HAS(set_nowrites[active_set], frame)
            fi
       fi
  fi;
  slot = 0; frame = 0
}

inline mark() {
  if
  :: log > 0 && marks[log - 1] != FREED ->
       marks[log - 1] = marks[log - 1] | BIT(page - 1);
       owing[log - 1] = owing[log - 1] | BIT(page - 1)
  :: else -> skip
  fi;
  complete()
}

inline revoke() {
  if
  :: only_writes[pc] -> protect(arg[pc])
  :: else -> forget(arg[pc])
  fi
}

/* The source's bit is added to the page that goes on with it; so is what nobody has been told of. */
inline carry() {
  i = arg[pc];
  do
  :: i < carry_end[pc] ->
       bits = BIT(carry_page[i]);
       if
       :: marks[carry_from[i]] != FREED && (marks[carry_from[i]] & bits) > 0 ->
            marks[carry_to[i]] = marks[carry_to[i]] | BIT(carry_at[i]);
            if
            :: (owing[carry_from[i]] & bits) > 0 ->
                 owing[carry_from[i]] = owing[carry_from[i]] & (255 - bits);
                 owing[carry_to[i]] = owing[carry_to[i]] | BIT(carry_at[i])
            :: else -> skip
            fi
       :: else -> skip
       fi;
       i++
  :: else -> break
  od;
  i = 0; bits = 0
}

#define BEGIN(n) d_step { at == READY && left > 0 && n <= MENU -> left--; want = n; at = LOOKING }
#define HARVEST(n) \
  d_step { harvests > 0 && BETWEEN_CALLS && n < BITMAPS && LOGS_TO(active_set, n) -> \
    harvests--; owing[n] = owing[n] & (255 - marks[n]); marks[n] = 0 }
#define STEP(what) pc < END && op[pc] == what

active proctype machine() {
  do
  /* the vCPU */
  :: BEGIN(1) :: BEGIN(2) :: BEGIN(3) :: BEGIN(4) :: BEGIN(5) :: BEGIN(6) :: BEGIN(7)
  :: d_step { at == LOOKING -> look_up() }
  :: d_step { at == HELD && WRITES -> at = MARKING }
  :: d_step { at == HELD && !WRITES -> complete() }
  :: d_step { at == MARKING -> mark() }
  :: d_step { at == WAITING && !BLOCKED(active_set, FRAME) && !IS_INVALID(active_set, FRAME) ->
       at = LOOKING }
  /* the update */
  :: d_step { STEP(MAY_FAIL) -> pc++ }
  :: d_step { STEP(MAY_FAIL) -> pc = arg[pc] }
  :: d_step { STEP(GOTO) -> pc = arg[pc] }
  :: d_step { STEP(FAIL) -> ended = 2; pc = END }
  :: d_step { STEP(PUBLISH) ->
       inactive_set = active_set; active_set = arg[pc];
       stale = stale || HOLDS;
       owed_turn = owed_turn || (AWAITS_TURNS && at == WAITING && set_blocked[active_set] == 0 && set_nowrites[active_set] == 0);
       pc++ }
  :: d_step { STEP(REPLAY) -> inactive_set = arg[pc]; pc++ }
  :: d_step { STEP(DRAIN) && !stale -> pc++ }
  :: d_step { STEP(AWAIT_TURNS) && !owed_turn -> pc++ }
  :: d_step { STEP(REVOKE) && !(HOLDS && HAS(arg[pc], FRAME) && (WRITES || !only_writes[pc])) -> revoke(); pc++ }
  :: d_step { STEP(CARRY) -> carry(); pc++ }
  :: d_step { STEP(RETIRE) -> owing[arg[pc]] = owing[arg[pc]] & (255 - (marks[arg[pc]] & retired[pc])); pc++ }
  :: d_step { STEP(FREE) -> marks[arg[pc]] = FREED; owing[arg[pc]] = 0; pc++ }
  :: d_step { STEP(RETURN) -> pc++; ended = (pc == END -> 1 : 0) }
  /* whoever reads the logs */
  :: HARVEST(0) :: HARVEST(1) :: HARVEST(2) :: HARVEST(3) :: HARVEST(4)
  od
}
