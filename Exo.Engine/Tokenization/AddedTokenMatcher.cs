using System.Buffers;
using System.Text;
using Exo.Engine.Tokenization.Patterns;
using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization;

/// <summary>Finds added tokens in a text: leftmost, of those the longest. Jumps from one char that begins a token to the next.</summary>
internal sealed class AddedTokenMatcher
{
    /// <summary>In chars. A longer spelling is a damaged or hostile file's, and would be walked along at every char of a text.</summary>
    private const int MaxLength = 1024;

    private readonly Dictionary<(int Node, char Next), int> _children = [];
    private readonly List<AddedToken?> _tokenOfNode = [null];
    private readonly SearchValues<char> _firstChars;

    /// <param name="tokens">What is looked for, and by which spelling; one that is empty or endless is never found.</param>
    public AddedTokenMatcher(IEnumerable<(string Spelling, AddedToken Token)> tokens)
    {
        var first = new HashSet<char>();
        foreach (var (spelling, token) in tokens.Where(token => token.Spelling.Length is > 0 and <= MaxLength))
        {
            first.Add(spelling[0]);
            var node = 0;
            foreach (var c in spelling)
            {
                if (!_children.TryGetValue((node, c), out var child))
                {
                    _children[(node, c)] = child = _tokenOfNode.Count;
                    _tokenOfNode.Add(null);
                }
                node = child;
            }
            _tokenOfNode[node] = token;
        }
        _firstChars = SearchValues.Create([.. first]);
        IsEmpty = first.Count == 0;
    }

    public bool IsEmpty { get; }

    /// <summary>The next token in a stretch of text at or after <paramref name="from"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="within">The stretch; nothing outside it is seen.</param>
    /// <param name="from">Where to look on.</param>
    /// <param name="special">Whether special tokens are recognised.</param>
    /// <param name="match">What the token takes, stripped whitespace included.</param>
    public AddedToken? Next(string text, TextSpan within, int from, bool special, out TextSpan match)
    {
        var at = from;
        while (text.AsSpan(at, within.End - at).IndexOfAny(_firstChars) is >= 0 and var found)
        {
            at += found;
            if (LongestAt(text, at, within.End, out var end) is not { } token)
            {
                at++;
                continue;
            }
            if ((token.Special && !special) || (token.SingleWord && (IsWordBefore(text, at, within.Start) || IsWordAfter(text, end, within.End))))
            {
                at = end; // Found but not taken: nothing else is found within it either.
                continue;
            }
            var start = at;
            while (token.LeftStrip && start > from && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.RightStrip && end < within.End && char.IsWhiteSpace(text[end]))
                end++;
            match = new(start, end - start);
            return token;
        }
        match = default;
        return null;
    }

    private AddedToken? LongestAt(string text, int at, int limit, out int end)
    {
        AddedToken? longest = null;
        end = at;
        var node = 0;
        while (at < limit && _children.TryGetValue((node, text[at]), out node))
        {
            at++;
            if (_tokenOfNode[node] is { } token)
                (longest, end) = (token, at);
        }
        return longest;
    }

    private static bool IsWordBefore(string text, int at, int start) =>
        at > start && Rune.DecodeLastFromUtf16(text.AsSpan(start, at - start), out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWordAfter(string text, int at, int end) =>
        at < end && Rune.DecodeFromUtf16(text.AsSpan(at, end - at), out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) => CodePointSets.WordOrJoiner.Contains(rune.Value);
}
