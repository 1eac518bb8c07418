"""What the stand-in's one carrier says of itself, in the words of Karrio's references."""


def field(name, **more):
    return {"name": name, "type": "string", "required": False, "sensitive": False, **more}


def collect_references():
    fields = [
        field("client_id", required=True),
        field("client_secret", required=True),
        field("account_number"),
        field("language", enum=["en", "fr"]),
        field("account_country_code"),
        field("metadata", type="object"),
        field("config", type="object"),
    ]
    configs = [field("cost_center"), field("label_type"), field("shipping_services", type="list")]
    return {
        "carriers": {"ups": "UPS", "dpd": "DPD", "hub": "Hub"},
        "carrier_hubs": {"hub": "Hub"},
        "connection_fields": {
            "ups": {each["name"]: each for each in fields},
            "dpd": {"password": field("password", required=True)},
            "hub": {},
        },
        "connection_configs": {"ups": {each["name"]: each for each in configs}},
        "services": {
            "ups": {"ups_ground": "UPS Ground", "ups_2nd_day_air": "UPS 2nd Day Air"},
            "dpd": {"dpd_cl": "327"},
        },
        "integration_status": {"ups": "production-ready", "dpd": "beta", "hub": "beta"},
    }
