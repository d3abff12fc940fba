;; The loops over many words that dirty logs need, over the arena's memory. What each does is said in kernels.ts;
;; positions are words, so addresses are four times as much. An end that is 2^32 wraps to 0, hence `eq` and not `lt`.
(module
  (import "arena" "memory" (memory 1 65536 shared))

  ;; Four times 64 bits a turn. Looks at them first: an exchange locks its cache line, and most of them are 0. Which of
  ;; the four are not is one mask, so that a branch is mispredicted once for them and not for each.
  (func (export "harvest") (param $source i32) (param $target i32) (param $words i32) (result i32)
    (local $end i32) (local $mask i32) (local $at i32) (local $word i64) (local $some i64)
    (local $low v128) (local $high v128)
    (local.set $source (i32.shl (local.get $source) (i32.const 2)))
    (local.set $target (i32.shl (local.get $target) (i32.const 2)))
    (local.set $end (i32.add (local.get $source) (i32.shl (local.get $words) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $source) (local.get $end)))
        (local.set $low (v128.load (local.get $source)))
        (local.set $high (v128.load offset=16 (local.get $source)))
        (v128.store (local.get $target) (v128.const i64x2 0 0))
        (v128.store offset=16 (local.get $target) (v128.const i64x2 0 0))
        (if (v128.any_true (v128.or (local.get $low) (local.get $high)))
          (then
            (local.set $mask
              (i32.or
                (i64x2.bitmask (i64x2.ne (local.get $low) (v128.const i64x2 0 0)))
                (i32.shl (i64x2.bitmask (i64x2.ne (local.get $high) (v128.const i64x2 0 0))) (i32.const 2))))
            (loop $set
              (local.set $at (i32.shl (i32.ctz (local.get $mask)) (i32.const 3)))
              (local.set $word
                (i64.atomic.rmw.xchg (i32.add (local.get $source) (local.get $at)) (i64.const 0)))
              (i64.store (i32.add (local.get $target) (local.get $at)) (local.get $word))
              (local.set $some (i64.or (local.get $some) (local.get $word)))
              (br_if $set
                (local.tee $mask
                  (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))))))
        (local.set $source (i32.add (local.get $source) (i32.const 32)))
        (local.set $target (i32.add (local.get $target) (i32.const 32)))
        (br $next)))
    (i64.ne (local.get $some) (i64.const 0)))

  (func (export "fill") (param $at i32) (param $words i32) (param $on i32)
    (memory.fill
      (i32.shl (local.get $at) (i32.const 2))
      (i32.sub (i32.const 0) (local.get $on))
      (i32.shl (local.get $words) (i32.const 2))))

  ;; The 32 bits from bit $shift, 0..31, of the word at address $at on: two words as one. At 0 the second is not touched.
  (func $shifted (param $at i32) (param $shift i32) (result i32)
    (if (result i32) (i32.eqz (local.get $shift))
      (then (i32.load (local.get $at)))
      (else (i32.wrap_i64 (i64.shr_u (i64.load align=4 (local.get $at)) (i64.extend_i32_u (local.get $shift)))))))

  ;; Eight words a turn; each lane of 64 bits comes from itself and from the lane after it. That reads ten words, so the
  ;; last turns are word by word: nothing is read that holds no bit of the run.
  (func (export "copyShifted") (param $source i32) (param $shift i32) (param $target i32) (param $words i32)
    (local $left i32)
    (local.set $source (i32.shl (local.get $source) (i32.const 2)))
    (local.set $target (i32.shl (local.get $target) (i32.const 2)))
    (if (i32.eqz (local.get $shift))
      (then
        (memory.copy (local.get $target) (local.get $source) (i32.shl (local.get $words) (i32.const 2)))
        (return)))
    (local.set $left (i32.sub (i32.const 64) (local.get $shift)))
    (block $few
      (loop $next
        (br_if $few (i32.lt_u (local.get $words) (i32.const 10)))
        (v128.store align=4 (local.get $target)
          (v128.or
            (i64x2.shr_u (v128.load align=4 (local.get $source)) (local.get $shift))
            (i64x2.shl (v128.load offset=8 align=4 (local.get $source)) (local.get $left))))
        (v128.store offset=16 align=4 (local.get $target)
          (v128.or
            (i64x2.shr_u (v128.load offset=16 align=4 (local.get $source)) (local.get $shift))
            (i64x2.shl (v128.load offset=24 align=4 (local.get $source)) (local.get $left))))
        (local.set $source (i32.add (local.get $source) (i32.const 32)))
        (local.set $target (i32.add (local.get $target) (i32.const 32)))
        (local.set $words (i32.sub (local.get $words) (i32.const 8)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $words)))
        (i32.store (local.get $target) (call $shifted (local.get $source) (local.get $shift)))
        (local.set $source (i32.add (local.get $source) (i32.const 4)))
        (local.set $target (i32.add (local.get $target) (i32.const 4)))
        (local.set $words (i32.sub (local.get $words) (i32.const 1)))
        (br $next))))

  ;; Two words a turn, which must not straddle what is atomic, and atomic only where a bit is new: for targets that other
  ;; threads already mark.
  (func (export "orShifted") (param $source i32) (param $shift i32) (param $target i32) (param $words i32)
    (local $bits i64) (local $wide i64)
    (local.set $source (i32.shl (local.get $source) (i32.const 2)))
    (local.set $target (i32.shl (local.get $target) (i32.const 2)))
    (local.set $wide (i64.extend_i32_u (local.get $shift)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $words)))
        (if (i32.or
              (i32.eq (local.get $words) (i32.const 1))
              (i32.and (local.get $target) (i32.const 4)))
          (then
            (local.set $bits
              (i64.extend_i32_u (call $shifted (local.get $source) (local.get $shift))))
            (if (i64.ne
                  (i64.and (local.get $bits) (i64.load32_u (local.get $target)))
                  (local.get $bits))
              (then (drop (i64.atomic.rmw32.or_u (local.get $target) (local.get $bits)))))
            (local.set $source (i32.add (local.get $source) (i32.const 4)))
            (local.set $target (i32.add (local.get $target) (i32.const 4)))
            (local.set $words (i32.sub (local.get $words) (i32.const 1))))
          (else
            (local.set $bits (i64.shr_u (i64.load align=4 (local.get $source)) (local.get $wide)))
            (if (local.get $shift)
              (then
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.load32_u offset=8 (local.get $source))
                      (i64.sub (i64.const 64) (local.get $wide)))))))
            (if (i64.ne
                  (i64.and (local.get $bits) (i64.load (local.get $target)))
                  (local.get $bits))
              (then (drop (i64.atomic.rmw.or (local.get $target) (local.get $bits)))))
            (local.set $source (i32.add (local.get $source) (i32.const 8)))
            (local.set $target (i32.add (local.get $target) (i32.const 8)))
            (local.set $words (i32.sub (local.get $words) (i32.const 2)))))
        (br $next))))

  (func (export "count") (param $at i32) (param $words i32) (result i32)
    (local $total i64)
    (local.set $at (i32.shl (local.get $at) (i32.const 2)))
    (block $few
      (loop $next
        (br_if $few (i32.lt_u (local.get $words) (i32.const 4)))
        (local.set $total
          (i64.add (local.get $total)
            (i64.add
              (i64.popcnt (i64.load align=4 (local.get $at)))
              (i64.popcnt (i64.load offset=8 align=4 (local.get $at))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $words (i32.sub (local.get $words) (i32.const 4)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $words)))
        (local.set $total (i64.add (local.get $total) (i64.popcnt (i64.load32_u (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $words (i32.sub (local.get $words) (i32.const 1)))
        (br $next)))
    (i32.wrap_i64 (local.get $total)))

  (func (export "zeroes") (param $at i32) (param $words i32) (result i32)
    (local $left i32)
    (local.set $at (i32.shl (local.get $at) (i32.const 2)))
    (local.set $left (local.get $words))
    (block $found
      (loop $next
        (br_if $found (i32.lt_u (local.get $left) (i32.const 8)))
        (br_if $found
          (v128.any_true
            (v128.or (v128.load align=4 (local.get $at)) (v128.load offset=16 align=4 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $left (i32.sub (local.get $left) (i32.const 8)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (br_if $done (i32.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $words) (local.get $left))))
