"""The compliance profile: which sensitive things plugins may do in this deployment, and the law or document that says so.

`kinds` names them, `profiles` holds what each profile says (data: the TOML files beside it), `deciding` is the pure rule,
and `profile_now` keeps which profile is in force.
"""
