Words {
    movie: "Filme disponível",
    tv: "Série disponível",
    body: |title| format!("“{title}” já está na biblioteca."),
}
