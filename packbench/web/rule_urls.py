"""Pages of rules, tags and customers, and what these do to orders."""

from django.urls import path

from packbench.web.store_urls import PublicIdConverter as PublicIdConverter  # registers itself
from packbench.web.views import customers, rules, tags

# Before the pages of orders: their ids would take these words for one.
urlpatterns = [
    path("orders/tag", tags.tag, name="tag_orders"),
    path("orders/assign", tags.assign, name="assign_orders"),
    path("orders/rules", rules.rule_orders, name="rule_orders"),
    path("rules", rules.rules, name="rules"),
    path("rules/new", rules.rule, name="rule_new"),
    path("rules/rehearsal", rules.rehearse, name="rules_rehearsal"),
    path("rules/run", rules.run, name="rules_run"),
    path("rules/tags", tags.tags, name="tags"),
    path("rules/tags/new", tags.save, name="tag_new"),
    path("rules/tags/<public_id:tag_id>", tags.save, name="tag_save"),
    path("rules/tags/<public_id:tag_id>/remove", tags.remove, name="tag_remove"),
    path("rules/<public_id:rule_id>", rules.rule, name="rule"),
    path("rules/<public_id:rule_id>/switch", rules.switch, name="rule_switch"),
    path("rules/<public_id:rule_id>/move", rules.move, name="rule_move"),
    path("rules/<public_id:rule_id>/remove", rules.remove, name="rule_remove"),
    path("customers", customers.customers, name="customers"),
    path("customers/find", customers.find, name="customer_find"),
    path("customers/customers.csv", customers.export, name="customers_file"),
    path("customers/<public_id:customer_id>", customers.customer, name="customer"),
]
