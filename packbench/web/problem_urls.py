"""Pages of what keeps orders from their labels."""

from django.urls import path

from packbench.web.views import problems

urlpatterns = [
    path("problems", problems.problems, name="problems"),
    path("problems/following", problems.following, name="problems_following"),
    path("problems/weight", problems.weigh, name="problems_weigh"),
    path("problems/customs", problems.declare, name="problems_declare"),
    path("problems/learned", problems.settle_offer, name="problems_learned"),
    path("problems/waive", problems.waive, name="problems_waive"),
]
