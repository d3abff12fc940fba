#!/usr/bin/env python3
"""Asks an implementation that speaks the protocol every case it has the features for: interpret.py DIR COMMAND..."""
import json, pathlib, subprocess, sys

MAY_BE_ABSENT = {"generation", "bytes", "data", "exit", "gpa", "rights", "mmio"}


def pages(runs):
    return sorted((first, first + count) for first, count in runs or [])


def inside(some, others):
    """Whether every page of some is one of others; both are disjoint ranges in order."""
    joined = []
    for low, high in sorted(others):
        if joined and low <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    return all(any(low <= a and b <= high for low, high in joined) for a, b in some)


def bits_fit(allowed, seen):
    if "bits" not in seen:
        return False
    sure, got = pages(allowed.get("bits")), pages(seen["bits"])
    return inside(sure, got) and inside(got, sure + pages(allowed.get("maybe")))


def record_fits(allowed, seen):
    if seen is None:
        return allowed["count"] == 0
    most = allowed["count"] + sum(n for _, n in allowed.get("maybe", []))
    same = seen["base"] == allowed["base"] and seen["npages"] == allowed["npages"]
    bits = bits_fit(allowed, seen) if "bits" in allowed else "bits" not in seen
    return same and allowed["count"] <= seen["count"] <= most and bits


def retired_fit(allowed, seen):
    by_id = {record["id"]: record for record in seen}
    known = {record["id"] for record in allowed}
    return len(by_id) == len(seen) and set(by_id) <= known and all(record_fits(a, by_id.get(a["id"])) for a in allowed)


def meets(allowed, seen):
    if any(name in seen and name not in allowed for name in ("errno", "end", "exception")):
        return False
    for name, expected in allowed.items():
        if name == "maybe":
            continue
        if name == "bits":
            if not bits_fit(allowed, seen):
                return False
        elif name == "retired":
            if "retired" not in seen or not retired_fit(expected, seen["retired"]):
                return False
        elif name not in seen:
            if name not in MAY_BE_ABSENT:
                return False
        elif name == "exception" and expected == {"vector": "#PF"}:
            if seen[name]["vector"] != "#PF":
                return False
        elif seen[name] != expected:
            return False
    return True


def wrong_in(case, answers):
    for i, (operation, allowed) in enumerate(zip(case["ops"], case["allow"])):
        if i >= len(answers):
            return f"{operation['op']}: no answer"
        if allowed and not any(meets(one, answers[i]) for one in allowed):
            return f"{operation['op']}: seen {json.dumps(answers[i])}, allowed {json.dumps(allowed)}"
    return None


def main(directory, command):
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(request):
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())

    hello = ask({"do": "hello", "protocol": 1})
    features, counts = set(hello["features"]), {"passed": 0, "failed": 0, "skipped": 0}
    for file in sorted(pathlib.Path(directory, "cases").glob("*.ndjson")):
        for case in map(json.loads, file.read_text().splitlines()):
            if not set(case["needs"]) <= features or "error" in ask({"do": "open", "config": case["config"]}):
                counts["skipped"] += 1
                continue
            record, answers = ask({"do": "run", "program": {"config": case["config"], "threads": [{"tid": 0, "ops": case["ops"]}]}}), []
            while record.get("ev") != "end" and "error" not in record:
                if record["ev"] in ("return", "access-end"):
                    answers.append({name: value for name, value in record.items() if name not in ("ev", "of")})
                record = json.loads(child.stdout.readline())
            wrong = wrong_in(case, answers)
            counts["passed" if wrong is None else "failed"] += 1
            if wrong is not None:
                print(f"{case['id']}: {wrong}")
    child.stdin.close()
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
