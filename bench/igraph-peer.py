# Neighbourhoods by igraph, timed in this process. A line of JSON asks, a line answers.
import json
import sys
import time

import igraph

path, vertices = sys.argv[1], int(sys.argv[2])
with open(path, "rb") as file:
    words = memoryview(file.read()).cast("I")
half = len(words) // 2
graph = igraph.Graph(n=vertices, edges=zip(words[:half], words[half:]), directed=True)
print(json.dumps({"edges": graph.ecount()}), flush=True)


def answer(start, hops, induced):
    found = graph.neighborhood(start, order=hops, mode="out")
    edges = graph.induced_subgraph(found).ecount() if induced else 0
    return len(found), edges


for line in sys.stdin:
    asked = json.loads(line)
    micros, answers = [], []
    began = time.perf_counter()
    for start in asked["starts"][:20]:
        answer(start, asked["hops"], asked["induced"])
        if time.perf_counter() - began > asked["secondsMax"] / 5:
            break
    began = time.perf_counter()
    for start in asked["starts"]:
        from_time = time.perf_counter()
        found = answer(start, asked["hops"], asked["induced"])
        now = time.perf_counter()
        micros.append((now - from_time) * 1e6)
        answers.append({"vertices": found[0], "edges": found[1]})
        if now - began > asked["secondsMax"]:
            break
    print(json.dumps({"micros": micros, "answers": answers}), flush=True)
