# For tests: reads events of CEF, one to a line, with parsers that are not Auditrail's, and writes them as JSON lines.
# Beside what an event says: what the keys' dictionary says against it.
import json
import sys

import cefp
from cefevent import CEFEvent
from cefevent.extensions import extension_dictionary

# In the standard since its version 0.1 (1.0), and not in this dictionary.
FURTHER = {"outcome"}

dictionary = CEFEvent()
for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    event = cefp.parse(line.removesuffix("\n"))
    problems = []
    for key, value in event["extension"].items():
        if key in FURTHER:
            continue
        if key not in extension_dictionary:
            problems.append(f"{key} is no key")
        elif dictionary.set_field(extension_dictionary[key]["full_name"], value) is False:
            problems.append(f"{key} cannot be {value!r}")
    print(json.dumps({**event, "problems": problems}))
