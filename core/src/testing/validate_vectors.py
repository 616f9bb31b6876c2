# For tests: checks the test vectors with implementations that are not ours. Writes a line of JSON for each: its problems.
# The input is a line of JSON for each vector, with the JSON Schema of its version.
import hashlib
import hmac
import json
import sys

import rfc8785
from jsonschema import Draft202012Validator

for text in open(sys.argv[1], encoding="utf-8", newline="\n"):
    case = json.loads(text)
    vector, schema = case["vector"], case["schema"]
    problems = [f"{error.json_path}: {error.message[:300]}" for error in Draft202012Validator(schema).iter_errors(vector["entry"])]
    line = vector["line"].encode()
    # Integers beyond 2^53 have another form in Python: RFC 8785 has doubles.
    entry = json.loads(vector["line"], parse_int=lambda digits: int(digits) if abs(int(digits)) < 2**53 else float(digits))
    if rfc8785.dumps(entry) != line:
        problems.append("the line is not canonical")
    secret = vector.get("secret")
    digest = hashlib.sha256(line) if secret is None else hmac.new(secret.encode(), line, hashlib.sha256)
    if digest.hexdigest() != vector["hash"]:
        problems.append("the hash differs")
    print(json.dumps(problems))
