//! The chart as SVG text.

use std::fmt::Write as _;

use asl::model::StateKind;

use super::chart::{BOX_HEIGHT, Chart, DETAIL_SIZE, Figure, INNER_GAP, LABEL_LINE, LABEL_SIZE, NAME_SIZE, Way};
use super::layered::{Point, Size};

/// Space around the picture.
const MARGIN: f64 = 20.0;

/// Colours are classes, so that a dark page gets dark ones, and a page that embeds the picture can set its own.
const STYLE: &str = "\
.page{fill:#fff}.box{fill:#fff;stroke:#aab4c0}.group{fill:#f6f8fa;stroke:#aab4c0;stroke-dasharray:none}\
.name{fill:#1b2733;font-weight:600}.detail{fill:#5b6b7b}.way{fill:none;stroke:#6b7a89;stroke-width:1.3}\
.catch{stroke:#c2562d;stroke-dasharray:5 3}.label{fill:#33475b}.label.caught{fill:#a8431d}.plate{fill:#fff;opacity:.88}\
.tip{fill:#6b7a89}.tip.caught{fill:#c2562d}.stop{fill:#eef1f4;stroke:#8796a5}\
.Task{fill:#d9731a}.Choice{fill:#8a56c9}.Parallel,.Map{fill:#2a7de1}.Wait{fill:#b5892b}.Pass{fill:#7b8794}\
.Succeed{fill:#2e8b57}.Fail{fill:#c8373a}\
@media(prefers-color-scheme:dark){.page{fill:#12181f}.box{fill:#1c2530;stroke:#45525f}.group{fill:#171f28;stroke:#45525f}\
.name{fill:#e8edf2}.detail{fill:#9fb0c0}.label{fill:#c3d0dc}.label.caught{fill:#f0a27f}.plate{fill:#12181f}\
.way{stroke:#8394a5}.catch{stroke:#e07b4f}.tip{fill:#8394a5}.tip.caught{fill:#e07b4f}.stop{fill:#26313d;stroke:#5b6b7b}}";

/// Writes a chart with a title that screen readers tell.
pub(super) fn write(chart: &Chart<'_>, title: &str, comment: Option<&str>) -> String {
    let (width, height) = (chart.layout.size.width + 2.0 * MARGIN, chart.layout.size.height + 2.0 * MARGIN);
    let mut svg = String::new();
    // Writing into a string can't fail.
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} \
         {height:.0}\" role=\"img\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif\">"
    );
    let _ = writeln!(svg, "<title>{}</title>", escape(title));
    if let Some(comment) = comment {
        let _ = writeln!(svg, "<desc>{}</desc>", escape(comment));
    }
    let _ = writeln!(
        svg,
        "<defs><style>{STYLE}</style>{}{}</defs>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
        tip("tip", ""),
        tip("caught", " caught")
    );
    draw(&mut svg, chart, Point { x: MARGIN, y: MARGIN });
    svg.push_str("</svg>\n");
    svg
}

fn tip(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"tip{class}\" d=\"M0 0.6 8 4 0 7.4z\"/></marker>"
    )
}

fn draw(svg: &mut String, chart: &Chart<'_>, at: Point) {
    let move_by = |point: &Point| Point { x: point.x + at.x, y: point.y + at.y };
    for (way, points) in chart.ways.iter().zip(&chart.layout.wires) {
        let points: Vec<Point> = points.iter().map(move_by).collect();
        draw_way(svg, way, &points);
    }
    for (figure, middle) in chart.boxes.iter().zip(&chart.layout.nodes) {
        draw_figure(svg, figure, move_by(middle));
    }
    for (way, place) in chart.ways.iter().zip(&chart.layout.labels) {
        if let Some(place) = place {
            draw_label(svg, way, move_by(place));
        }
    }
}

fn draw_way(svg: &mut String, way: &Way, points: &[Point]) {
    let Some(first) = points.first() else { return };
    let mut path = format!("M{:.1} {:.1}", first.x, first.y);
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        if (from.x - to.x).abs() < 0.5 {
            let _ = write!(path, "L{:.1} {:.1}", to.x, to.y);
        } else {
            let bend = (to.y - from.y) / 2.0;
            let _ = write!(
                path,
                "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
                from.x,
                from.y + bend,
                to.x,
                to.y - bend,
                to.x,
                to.y
            );
        }
    }
    let (class, tip) = if way.catches { ("way catch", "caught") } else { ("way", "tip") };
    let _ = writeln!(svg, "<path class=\"{class}\" marker-end=\"url(#{tip})\" d=\"{path}\"/>");
}

fn draw_label(svg: &mut String, way: &Way, middle: Point) {
    let class = if way.catches { "label caught" } else { "label" };
    let height = way.label.len() as f64 * LABEL_LINE;
    let width = way.label.iter().map(|line| super::text::width(line, LABEL_SIZE)).fold(0.0, f64::max) + 6.0;
    let top = middle.y - height / 2.0;
    let _ = writeln!(
        svg,
        "<rect class=\"plate\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"3\"/>",
        middle.x - width / 2.0
    );
    for (index, line) in way.label.iter().enumerate() {
        let y = top + (index as f64 + 0.77) * LABEL_LINE;
        text(svg, class, Point { x: middle.x, y }, LABEL_SIZE, line);
    }
}

fn draw_figure(svg: &mut String, figure: &Figure<'_>, middle: Point) {
    match figure {
        Figure::Start => draw_stop(svg, "Start", middle),
        Figure::End => draw_stop(svg, "End", middle),
        Figure::State { state, size, detail, flows } => {
            let kind = state.kind.type_name();
            let _ = writeln!(svg, "<g data-state=\"{}\" data-type=\"{kind}\">", escape(&state.name));
            if let Some(comment) = &state.comment {
                let _ = writeln!(svg, "<title>{}</title>", escape(comment));
            }
            let corner = Point { x: middle.x - size.width / 2.0, y: middle.y - size.height / 2.0 };
            draw_box(svg, &state.kind, corner, *size, !flows.is_empty());
            let head = corner.y + BOX_HEIGHT / 2.0;
            text(svg, "name", Point { x: middle.x + 2.0, y: head - 2.5 }, NAME_SIZE, &state.name);
            text(svg, "detail", Point { x: middle.x + 2.0, y: head + 12.5 }, DETAIL_SIZE, detail);
            let inner: f64 = flows.iter().map(|flow| flow.layout.size.width + INNER_GAP).sum::<f64>() - INNER_GAP;
            let mut left = middle.x - inner / 2.0;
            for flow in flows {
                draw(svg, flow, Point { x: left, y: corner.y + BOX_HEIGHT });
                left += flow.layout.size.width + INNER_GAP;
            }
            svg.push_str("</g>\n");
        }
    }
}

fn draw_box(svg: &mut String, kind: &StateKind, corner: Point, size: Size, holds_flows: bool) {
    let class = if holds_flows { "group" } else { "box" };
    let (Point { x, y }, Size { width, height }) = (corner, size);
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"6\"/>\
         <rect class=\"{}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"5\" height=\"{:.1}\" rx=\"2.5\"/>",
        kind.type_name(),
        y + 4.0,
        height - 8.0
    );
}

fn draw_stop(svg: &mut String, word: &str, middle: Point) {
    let (x, y) = (middle.x - 27.0, middle.y - 12.0);
    let _ = writeln!(svg, "<rect class=\"stop\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"54\" height=\"24\" rx=\"12\"/>");
    text(svg, "detail", Point { x: middle.x, y: middle.y + 4.0 }, DETAIL_SIZE, word);
}

fn text(svg: &mut String, class: &str, at: Point, size: f64, content: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" text-anchor=\"middle\">{}</text>",
        at.x,
        at.y,
        escape(content)
    );
}

/// Text as XML has it; characters that XML can't hold become a replacement character.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
