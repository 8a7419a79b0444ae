"""What came before: runs kept in SQLite or PostgreSQL, and what they tell.

    places       where a history lies: a file, a URL, or nowhere
    database     connections, transactions, and errors in words
    tables       the tables, `rows` of them; `migrations` mends older ones
    telling      what a database refuses, as one clear error
    store        adds a run, reads the last ones
    sheet        one run, as far as later runs ask about it
    window       the last sheets side by side
    trends       pure functions of a window: trend, failing since, clocks that jump
    flakes       pure functions of a window: flake health, outages
    summary      all of them, as the history on a scorecard

The modules that need SQLAlchemy (`database`, `telling`, `tables`, `rows`, `store`)
are imported by nobody before a run has ended.
"""
