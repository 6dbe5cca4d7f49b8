from django.urls import path

from search import http

app_name = "search"
urlpatterns = [
    path("", http.page, name="page"),
    path("suggest", http.suggest, name="suggest"),
]
