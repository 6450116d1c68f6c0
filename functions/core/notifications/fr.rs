Words {
    movie: "Film disponible",
    tv: "Série disponible",
    body: |title| format!("« {title} » est maintenant dans la bibliothèque."),
}
