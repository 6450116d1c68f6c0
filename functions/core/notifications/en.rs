Words {
    movie: "Movie available",
    tv: "TV show available",
    body: |title| format!("“{title}” is now in the library."),
}
