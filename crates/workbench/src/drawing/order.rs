//! The order of the slots in each row, for few crossings.

use super::layered::Slot;

/// Rounds of ordering by neighbours; beyond these, nothing gets better in practice.
const ROUNDS: usize = 24;

/// The slots of each row from left to right.
pub(super) fn order(slots: &[Slot]) -> Vec<Vec<usize>> {
    let rows = slots.iter().map(|slot| slot.row + 1).max().unwrap_or(0);
    let mut order = vec![Vec::new(); rows];
    for slot in depth_first(slots) {
        order[slots[slot].row].push(slot);
    }
    let mut best = order.clone();
    let mut fewest = crossings(slots, &order);
    for round in 0..ROUNDS {
        if fewest == 0 {
            break;
        }
        let down = round % 2 == 0;
        for step in 0..rows {
            let row = if down { step } else { rows - 1 - step };
            sort_by_neighbours(slots, &mut order, row, down);
        }
        let count = crossings(slots, &order);
        if count < fewest {
            fewest = count;
            best.clone_from(&order);
        }
    }
    best
}

/// From the first slot on, the way a reader would walk: so the first order is already sensible, and the same each time.
fn depth_first(slots: &[Slot]) -> Vec<usize> {
    let mut seen = vec![false; slots.len()];
    let mut walk = Vec::with_capacity(slots.len());
    for start in 0..slots.len() {
        let mut open = vec![start];
        while let Some(slot) = open.pop() {
            if std::mem::replace(&mut seen[slot], true) {
                continue;
            }
            walk.push(slot);
            open.extend(slots[slot].below.iter().rev());
        }
    }
    walk
}

/// Puts each slot of a row at the mean position of its neighbours in the row before it; one without stays.
fn sort_by_neighbours(slots: &[Slot], order: &mut [Vec<usize>], row: usize, down: bool) {
    let neighbour_row = if down { row.checked_sub(1) } else { Some(row + 1) };
    let Some(neighbours) = neighbour_row.and_then(|row| order.get(row)) else { return };
    let position = positions(slots.len(), neighbours);
    let mut keyed: Vec<(f64, usize)> = order[row]
        .iter()
        .enumerate()
        .map(|(at, slot)| {
            let near = if down { &slots[*slot].above } else { &slots[*slot].below };
            let sum: usize = near.iter().map(|slot| position[*slot]).sum();
            (if near.is_empty() { at as f64 } else { sum as f64 / near.len() as f64 }, *slot)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    order[row] = keyed.into_iter().map(|(_, slot)| slot).collect();
}

fn positions(count: usize, row: &[usize]) -> Vec<usize> {
    let mut position = vec![0; count];
    for (at, slot) in row.iter().enumerate() {
        position[*slot] = at;
    }
    position
}

/// How often wires cross between all neighbouring rows.
fn crossings(slots: &[Slot], order: &[Vec<usize>]) -> usize {
    let mut count = 0;
    for pair in order.windows(2) {
        let position = positions(slots.len(), &pair[1]);
        let mut ends: Vec<usize> = Vec::new();
        for slot in &pair[0] {
            let mut here: Vec<usize> = slots[*slot].below.iter().map(|below| position[*below]).collect();
            here.sort_unstable();
            count += here.iter().map(|end| ends.iter().filter(|earlier| *earlier > end).count()).sum::<usize>();
            ends.extend(here);
        }
    }
    count
}
