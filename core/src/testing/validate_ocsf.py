# For tests: validates OCSF events, one to a line, against the published schema of their version and class. Writes a line of
# JSON for each: its problems.
import functools
import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema


@functools.cache
def schema_of(version):
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))


@functools.cache
def validator_of(version, class_uid):
    schema = schema_of(version)
    name = schema.lookup_class_name_from_uid(class_uid)
    return Draft202012Validator(schema.get_class_schema(class_name=name))


for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    event = json.loads(line)
    validator = validator_of(event["metadata"]["version"], event["class_uid"])
    print(json.dumps([f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(event)]))
