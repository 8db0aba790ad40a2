"""What a service's own description says of its parameters, which AWS checks before it looks at anything else."""

import re


def missing(shape, value):
    """Yields the names of the required parameters that are not there, at any depth."""
    if value is None:
        return
    if shape.type_name == "structure":
        yield from (name for name in shape.required_members if value.get(name) is None)
        for name, member in shape.members.items():
            yield from missing(member, value.get(name))
    elif shape.type_name == "list":
        for item in value:
            yield from missing(shape.member, item)


def broken(shape, value, where=""):
    """Yields, in AWS's words, what is wrong with the values that are there."""
    if value is None:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from broken(member, value.get(name), f"{where}.{name}".lstrip("."))
        return
    if shape.type_name == "list":
        for index, item in enumerate(value, 1):
            yield from broken(shape.member, item, f"{where}.{index}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from broken(shape.key, key, where)
            yield from broken(shape.value, item, f"{where}.{key}.member")
    for rule in breaches(shape, value):
        yield f"Value '{value}' at '{where}' failed to satisfy constraint: Member must {rule}"


def breaches(shape, value):
    facts = shape.metadata
    size, unit = (value, "value") if isinstance(value, int) else (len(value), "length")
    if "min" in facts and size < facts["min"]:
        yield f"have {unit} greater than or equal to {facts['min']}"
    if "max" in facts and size > facts["max"]:
        yield f"have {unit} less than or equal to {facts['max']}"
    if "enum" in facts and value not in facts["enum"]:
        yield f"satisfy enum value set: [{', '.join(facts['enum'])}]"
    if "pattern" in facts and not re.fullmatch(facts["pattern"].replace(r"[\p{all}]", r"[\s\S]"), value):
        yield f"satisfy regular expression pattern: {facts['pattern']}"
