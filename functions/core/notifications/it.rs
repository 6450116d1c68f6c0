Words {
    movie: "Film disponibile",
    tv: "Serie disponibile",
    body: |title| format!("«{title}» è ora nella libreria."),
}
