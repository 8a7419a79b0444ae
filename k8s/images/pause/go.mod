module pytest-roadmap/images/pause

go 1.24
