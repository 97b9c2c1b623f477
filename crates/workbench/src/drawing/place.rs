//! Where each slot of a row comes to lie: near its neighbours, in order, without touching.

use super::layered::Slot;

/// Space between two nodes of a row.
const NODE_GAP: f64 = 26.0;
/// Space beside a wire that passes.
const WIRE_GAP: f64 = 16.0;
const ROUNDS: usize = 32;

/// The middle of each slot, from the left.
pub(super) fn place(slots: &[Slot], order: &[Vec<usize>]) -> Vec<f64> {
    let mut x = vec![0.0; slots.len()];
    for row in order {
        let mut left = 0.0;
        for pair in row.iter().enumerate() {
            let (at, slot) = pair;
            if at > 0 {
                left += distance(slots, row[at - 1], *slot);
            }
            x[*slot] = left;
        }
        // Rows begin centred over each other.
        for slot in row {
            x[*slot] -= left / 2.0;
        }
    }
    for round in 0..ROUNDS {
        let down = round % 2 == 0;
        for step in 0..order.len() {
            let row = &order[if down { step } else { order.len() - 1 - step }];
            // The last rounds look both ways, so that neither end of a wire is forgotten.
            settle(slots, row, &mut x, down, round + 8 >= ROUNDS);
        }
    }
    let left = (0..slots.len()).map(|slot| x[slot] - slots[slot].size.width / 2.0).fold(f64::INFINITY, f64::min);
    for at in &mut x {
        *at -= left;
    }
    x
}

/// The least distance between the middles of two slots that stand side by side.
fn distance(slots: &[Slot], left: usize, right: usize) -> f64 {
    let gap = if slots[left].passing || slots[right].passing { WIRE_GAP } else { NODE_GAP };
    f64::midpoint(slots[left].size.width, slots[right].size.width) + gap
}

/// Moves a row's slots to where their neighbours pull them, as near as the distances allow: least squares under an order
/// (the pool-adjacent-violators algorithm).
fn settle(slots: &[Slot], row: &[usize], x: &mut [f64], down: bool, both: bool) {
    struct Pool {
        sum: f64,
        weight: f64,
        members: usize,
    }
    let mut pools: Vec<Pool> = Vec::with_capacity(row.len());
    let mut offsets = Vec::with_capacity(row.len());
    let mut offset = 0.0;
    for (at, slot) in row.iter().enumerate() {
        if at > 0 {
            offset += distance(slots, row[at - 1], *slot);
        }
        offsets.push(offset);
        let (mut sum, mut weight) = (0.0, 0.0);
        let here = &slots[*slot];
        let mut pull = |near: &[usize]| {
            for other in near {
                let strength = if here.passing && slots[*other].passing { 8.0 } else { 1.0 };
                sum += strength * x[*other];
                weight += strength;
            }
        };
        if down || both {
            pull(&here.above);
        }
        if !down || both {
            pull(&here.below);
        }
        if weight == 0.0 {
            // Nothing pulls: it gives way to all that is pulled.
            (sum, weight) = (x[*slot] * 0.01, 0.01);
        }
        let mut pool = Pool { sum: sum - weight * offset, weight, members: 1 };
        while let Some(last) = pools.pop_if(|last| last.sum / last.weight >= pool.sum / pool.weight) {
            pool = Pool {
                sum: last.sum + pool.sum,
                weight: last.weight + pool.weight,
                members: last.members + pool.members,
            };
        }
        pools.push(pool);
    }
    let mut index = 0;
    for pool in pools {
        for _ in 0..pool.members {
            x[row[index]] = pool.sum / pool.weight + offsets[index];
            index += 1;
        }
    }
}
