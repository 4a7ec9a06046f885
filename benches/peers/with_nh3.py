"""N times nh3 over a file; prints the result of the last one if asked to."""

import sys

import nh3

with open(sys.argv[1], encoding="utf-8") as file:
    html = file.read()
out = ""
for _ in range(int(sys.argv[2])):
    out = nh3.clean(html)
if len(sys.argv) > 3:
    sys.stdout.write(out)
