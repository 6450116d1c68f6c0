Words {
    movie: "Película disponible",
    tv: "Serie disponible",
    body: |title| format!("«{title}» ya está en la biblioteca."),
}
