//! One set of genres for movies and series, so that what a household watches as one counts for the other.

/// Genres of a title, in a set of at most sixteen, by TMDB's movie ids where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GenreSet {
    ids: [u32; 16],
    len: usize,
}

impl GenreSet {
    /// Takes the ids of a movie or a series.
    pub(super) fn new(genre_ids: &[u32]) -> Self {
        let mut set = Self::default();
        for id in genre_ids {
            match id {
                10_759 => [28, 12].into_iter().for_each(|id| set.insert(id)),
                10_765 => [878, 14].into_iter().for_each(|id| set.insert(id)),
                10_768 => set.insert(10_752),
                10_762 => set.insert(10_751),
                id => set.insert(*id),
            }
        }
        set
    }

    fn insert(&mut self, id: u32) {
        if !self.as_slice().contains(&id)
            && let Some(place) = self.ids.get_mut(self.len)
        {
            *place = id;
            self.len += 1;
        }
    }

    pub(super) fn as_slice(&self) -> &[u32] {
        self.ids.get(..self.len).unwrap_or_default()
    }

    /// Returns the share of genres that two titles have in common, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "there are sixteen at most")]
    pub(super) fn similarity(&self, other: &Self) -> f64 {
        let common = self.as_slice().iter().filter(|id| other.as_slice().contains(id)).count();
        let all = self.len + other.len - common;
        if all == 0 { 0.0 } else { common as f64 / all as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_of_action_is_like_a_movie_of_action() {
        let (series, movie) = (GenreSet::new(&[10_759, 18]), GenreSet::new(&[28, 12, 18]));
        assert!((series.similarity(&movie) - 1.0).abs() < 1e-9);
        assert!((GenreSet::new(&[18]).similarity(&GenreSet::new(&[18, 35])) - 0.5).abs() < 1e-9);
        assert!(GenreSet::new(&[]).similarity(&GenreSet::new(&[])).abs() < 1e-9);
        assert_eq!(GenreSet::new(&(0..40).collect::<Vec<_>>()).as_slice().len(), 16);
    }
}
