//! A layered layout: nodes in rows from top to bottom, edges that never run through a node.
//!
//! The four steps of Sugiyama, Tagawa and Toda (1981): edges that close a circle are turned round, nodes are given rows,
//! the order within each row is chosen for few crossings, and then each row is moved to where its neighbours are. Edges
//! that cross rows pass through a slot of their own in each; a label is such a slot with the label's size, so labels never
//! lie on anything.

use super::order::order;
use super::place::place;

/// Width and height, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A place, in pixels from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// An edge to be laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Option<Size>,
}

/// Where everything came to lie.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) size: Size,
    /// The middle of each node.
    pub(super) nodes: Vec<Point>,
    /// The way of each wire from the edge of one node to that of the other; empty for one from a node to itself.
    pub(super) wires: Vec<Vec<Point>>,
    /// The middle of each wire's label.
    pub(super) labels: Vec<Option<Point>>,
}

/// Space between rows.
const ROW_GAP: f64 = 30.0;

/// What stands in a row: a node, or the slot of a wire that passes.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) size: Size,
    pub(super) row: usize,
    /// Slots of the row above that it hangs on.
    pub(super) above: Vec<usize>,
    /// Slots of the row below.
    pub(super) below: Vec<usize>,
    /// Whether it only lets a wire pass; wires should run straight.
    pub(super) passing: bool,
}

/// Lays a graph out. Node 0 comes first.
pub(super) fn lay_out(nodes: &[Size], wires: &[Wire]) -> Layout {
    let turned = turned_wires(nodes.len(), wires);
    let rows = rows(nodes.len(), wires, &turned);
    let mut slots: Vec<Slot> = nodes
        .iter()
        .zip(&rows)
        .map(|(size, row)| Slot { size: *size, row: *row, above: Vec::new(), below: Vec::new(), passing: false })
        .collect();
    let chains: Vec<Vec<usize>> =
        wires.iter().zip(&turned).map(|(wire, turned)| chain(&mut slots, wire, *turned)).collect();
    let order = order(&slots);
    let x = place(&slots, &order);

    let heights: Vec<f64> =
        order.iter().map(|row| row.iter().map(|slot| slots[*slot].size.height).fold(0.0, f64::max)).collect();
    let mut y = Vec::with_capacity(heights.len());
    let mut top = 0.0;
    for height in &heights {
        y.push(top + height / 2.0);
        top += height + ROW_GAP;
    }
    let middle = |slot: usize| Point { x: x[slot], y: y[slots[slot].row] };
    let right = (0..slots.len()).map(|slot| x[slot] + slots[slot].size.width / 2.0).fold(0.0, f64::max);
    let route = |(chain, turned): (&Vec<usize>, &bool)| {
        let (Some(first), Some(last)) = (chain.first(), chain.last()) else { return Vec::new() };
        let mut points = vec![Point { y: middle(*first).y + slots[*first].size.height / 2.0, ..middle(*first) }];
        for slot in &chain[1..chain.len() - 1] {
            // Straight through the whole row: what stands beside it may be high.
            let row = slots[*slot].row;
            points.push(Point { x: x[*slot], y: y[row] - heights[row] / 2.0 });
            points.push(Point { x: x[*slot], y: y[row] + heights[row] / 2.0 });
        }
        points.push(Point { y: middle(*last).y - slots[*last].size.height / 2.0, ..middle(*last) });
        if *turned {
            points.reverse();
        }
        points
    };
    let labels = wires.iter().zip(&chains).map(|(wire, chain)| {
        wire.label?;
        let slot = chain.iter().skip(1).find(|slot| slots[**slot].passing && slots[**slot].size.width > 0.0)?;
        Some(middle(*slot))
    });
    Layout {
        size: Size { width: right, height: (top - ROW_GAP).max(0.0) },
        nodes: (0..nodes.len()).map(middle).collect(),
        labels: labels.collect(),
        wires: chains.iter().zip(&turned).map(route).collect(),
    }
}

/// The wires that lead back to a node on the way to them.
fn turned_wires(nodes: usize, wires: &[Wire]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let mut leaving = vec![Vec::new(); nodes];
    for (index, wire) in wires.iter().enumerate() {
        leaving[wire.from].push(index);
    }
    let mut seen = vec![Seen::Not; nodes];
    let mut turned = vec![false; wires.len()];
    for start in 0..nodes {
        if seen[start] != Seen::Not {
            continue;
        }
        seen[start] = Seen::Open;
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(index) = leaving[*node].get(*next) else {
                seen[*node] = Seen::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let to = wires[*index].to;
            match seen[to] {
                Seen::Open => turned[*index] = true,
                Seen::Not => {
                    seen[to] = Seen::Open;
                    path.push((to, 0));
                }
                Seen::Done => {}
            }
        }
    }
    turned
}

/// Each node's row: below all that lead to it; a labelled wire leaves a row for its label.
fn rows(nodes: usize, wires: &[Wire], turned: &[bool]) -> Vec<usize> {
    let forward = || {
        wires.iter().zip(turned).filter(|(wire, _)| wire.from != wire.to).map(|(wire, turned)| {
            let length = if wire.label.is_some() { 2 } else { 1 };
            if *turned { (wire.to, wire.from, length) } else { (wire.from, wire.to, length) }
        })
    };
    let mut waiting = vec![0_usize; nodes];
    for (_, to, _) in forward() {
        waiting[to] += 1;
    }
    let mut rows = vec![0; nodes];
    let mut ready: Vec<usize> = (0..nodes).filter(|node| waiting[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for (_, to, length) in forward().filter(|(from, ..)| *from == node) {
            rows[to] = rows[to].max(rows[node] + length);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    rows
}

/// The slots that a wire runs through, from the upper node to the lower one.
fn chain(slots: &mut Vec<Slot>, wire: &Wire, turned: bool) -> Vec<usize> {
    if wire.from == wire.to {
        return Vec::new();
    }
    let (upper, lower) = if turned { (wire.to, wire.from) } else { (wire.from, wire.to) };
    let (first, last) = (slots[upper].row, slots[lower].row);
    let mut chain = vec![upper];
    // The label stands near where the wire leaves its node.
    let label_row = if turned { last - 1 } else { first + 1 };
    for row in first + 1..last {
        let size = match wire.label {
            Some(size) if row == label_row => size,
            _ => Size { width: 0.0, height: 0.0 },
        };
        chain.push(slots.len());
        slots.push(Slot { size, row, above: Vec::new(), below: Vec::new(), passing: true });
    }
    chain.push(lower);
    for pair in chain.windows(2) {
        slots[pair[0]].below.push(pair[1]);
        slots[pair[1]].above.push(pair[0]);
    }
    chain
}
