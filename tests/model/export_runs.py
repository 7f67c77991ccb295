#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes down runs of the design's replication_model.py as JSON lines, for `replication_model_check --replay`.

usage: export_runs.py MODEL.py FILE SEEDS [FIRST] [--clock-as-core]

The model is read, not changed: its source is taken in with a note beside each thing it does. --clock-as-core adds the two things
that the core's stamp clock does differently (docs/simulation.md): it sees its own stamps, and it is kept only with a write."""
import json
import sys

EVENTS = [
    ("nodes=[Node(i,skew(),r) for i in range(N)];", "nodes=[Node(i,skew(),r) for i in range(N)];NODES[:]=nodes;"),
    ("groups[nk]=(first,gk)", "groups[nk]=(first,gk);LOG.append(['w',a,t,[[nk,first,LIVE]]+[[k,gk[k],DEAD] for k in ks]]);OWN(A,t,[first]+[gk[k] for k in ks])"),
    ("A.put(k,st,state,'v%d'%nxt if state!=DEAD else None,a,0);issued.append((k,st,a))",
     "A.put(k,st,state,'v%d'%nxt if state!=DEAD else None,a,0);issued.append((k,st,a));LOG.append(['w',a,t,[[k,st,state]]]);OWN(A,t,[st])"),
    ("apply(nodes[b],[(q,)+A.reg[q] for q in closure(A,[k])],t);got+=",
     "LOG.append(['s',a,b,t,[k],sorted(closure(A,[k]))]);apply(nodes[b],[(q,)+A.reg[q] for q in closure(A,[k])],t);got+="),
    ("else: st=A.tick(t,'dec'+p)", "else: st=A.tick(t,'dec'+p);LOG.append(['t',a,t])"),
    ("sel=rows[:n]", "sel=rows[:n];COUNT[0]=len(sel)"),
    ("if m: net.append(m)",
     "if m: net.append(m+(len(LOG),));LOG.append(['b',a,b,A.cur.get((b,A.epoch),0),COUNT[0],sorted(o[0] for o in m[5])])"),
    ("_,a2,b2,ep,hi,ops,lo=m", "_,a2,b2,ep,hi,ops,lo,number=m"),
    ("apply(nodes[b2],ops,t)", "LOG.append(['r',number,t]);apply(nodes[b2],ops,t)"),
    ("snap[a]=copy.deepcopy(", "LOG.append(['z',a]);snap[a]=copy.deepcopy("),
    ("inc+=1;", "inc+=1;LOG.append(['y',a,a+10]);"),
    ("apply(nodes[b],xo,t);apply(A,yo,t)",
     "LOG.append(['c',a,b,t,[k for k in sub if k in A.reg],sorted(xs),[k for k in sub if k in nodes[b].reg],sorted(ys)]);apply(nodes[b],xo,t);apply(A,yo,t)"),
    ("part.clear()", "BEFORE[:]=SHOWN();part.clear()"),
    ("v0=view(nodes[0])", "AFTER[:]=SHOWN();v0=view(nodes[0])"),
]
CLOCK = [
    ("        for k,st,state,body,src,q,g in ops:\n            B.absorb(st,t);B.put(k,st,state,body,src,0)",
     "        before,written=B.hlc,False\n        for k,st,state,body,src,q,g in ops:\n"
     "            B.absorb(st,t);written=B.put(k,st,state,body,src,0) or written\n        if not written: B.hlc=before"),
]


def load(path, clock_as_core):
    source = open(path).read()
    for old, new in EVENTS + (CLOCK if clock_as_core else []):
        if source.count(old) != 1:
            sys.exit("export_runs.py: this is another model: %r stands there %d times" % (old, source.count(old)))
        source = source.replace(old, new)

    def own(node, t, stamps):
        for stamp in stamps if clock_as_core else []:
            node.absorb(stamp, t)

    space = {"__name__": "model", "LOG": [], "NODES": [], "COUNT": [0], "BEFORE": [], "AFTER": [], "OWN": own}
    space["SHOWN"] = lambda: [[[k, v[0], v[1]] for k, v in sorted(n.reg.items())] for n in space["NODES"]]
    exec(compile(source, path, "exec"), space)
    return space


def main():
    words = [w for w in sys.argv[1:] if not w.startswith("--")]
    model = load(words[0], "--clock-as-core" in sys.argv)
    first = int(words[3]) if len(words) > 3 else 0
    violations = 0
    with open(words[1], "w") as out:
        for seed in range(first, first + int(words[2])):
            model["LOG"].clear()
            violations += bool(model["run"](seed))
            run = {"seed": seed, "skew": [n.skew for n in model["NODES"]], "steps": model["LOG"],
                   "before": model["BEFORE"], "after": model["AFTER"]}
            out.write(json.dumps(run, separators=(",", ":")) + "\n")
    print("seeds", words[2], "of which the model itself found wrong:", violations)


main()
