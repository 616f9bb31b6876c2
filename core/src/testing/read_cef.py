# For tests: reads events of CEF, one to a line, with independent parsers, and writes them as JSON lines.
# Besides the event: problems that the dictionary of keys reports.
import json
import sys

import cefp
from cefevent import CEFEvent
from cefevent.extensions import extension_dictionary

# In the standard since its version 0.1 (1.0), and not in this dictionary.
FURTHER = {"outcome", "sproc"}

dictionary = CEFEvent()
for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    event = cefp.parse(line.removesuffix("\n"))
    problems = []
    for key, value in event["extension"].items():
        if key in FURTHER:
            continue
        if key not in extension_dictionary:
            problems.append(f"{key} is not a key")
        elif dictionary.set_field(extension_dictionary[key]["full_name"], value) is False:
            problems.append(f"{key} cannot be {value!r}")
    print(json.dumps({**event, "problems": problems}))
