using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>Reads a bracketed class: ranges, escapes, [:posix:] names, classes within, &amp;&amp; for intersection, ^ for the complement.</summary>
internal readonly struct PatternClassParser(PatternParser parser)
{
    /// <summary>The class whose [ has been read.</summary>
    public CodePointSet Class()
    {
        parser.Enter();
        var inverted = parser.Take('^');
        var result = Members(first: true);
        while (parser.Take("&&"))
            result = result.Intersect(Members(first: false));
        if (!parser.Take(']'))
            throw parser.Error("missing ]");
        parser.Leave();
        return inverted ? result.Invert() : result;
    }

    private CodePointSet Members(bool first)
    {
        var ranges = new List<(int, int)>();
        var sets = CodePointSet.Empty;
        while (first || !(parser.Sees(']') || parser.Sees("&&")))
        {
            first = false;
            if (parser.Sees("[:") && Posix() is { } named)
            {
                sets = sets.Union(named);
                continue;
            }
            if (parser.Take('['))
            {
                sets = sets.Union(Class());
                continue;
            }
            var start = Member(out var set);
            if (start < 0)
                sets = sets.Union(set);
            else if (parser.Sees('-') && !parser.Sees("-]") && !parser.Sees("-["))
            {
                parser.Take('-');
                var end = Member(out _);
                if (end < start)
                    throw parser.Error("a range's end is below its start");
                ranges.Add((start, end));
            }
            else
                ranges.Add((start, start));
        }
        return parser.WithCases(sets.Union(CodePointSet.Of(ranges)));
    }

    /// <summary>One code point, or -1 and a set.</summary>
    private int Member(out CodePointSet set)
    {
        set = CodePointSet.Empty;
        if (!parser.Take('\\'))
            return parser.Next();
        if (parser.Take('b'))
            return '\b';
        set = parser.Escape();
        return set.Single;
    }

    private CodePointSet? Posix()
    {
        parser.Take("[:");
        var inverted = parser.Take('^');
        var name = "";
        while (!parser.Sees(':') && name.Length < 20)
            name += (char)parser.Next();
        if (!parser.Take(":]"))
            throw parser.Error("missing :]");
        var set = CodePointSets.Named(name) ?? throw parser.Error($"unknown class {name}");
        return inverted ? set.Invert() : set;
    }
}
