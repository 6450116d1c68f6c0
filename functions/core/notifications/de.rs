Words {
    movie: "Film verfügbar",
    tv: "Serie verfügbar",
    body: |title| format!("„{title}“ ist jetzt in der Bibliothek."),
}
