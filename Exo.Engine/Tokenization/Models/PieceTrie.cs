namespace Exo.Engine.Tokenization.Models;

/// <summary>A vocabulary as a tree of bytes, to find every piece that a text goes on with. A node's children lie side by side, sorted.</summary>
internal sealed class PieceTrie
{
    private readonly List<Node> _nodes = [new()];
    private readonly List<byte> _labels = [0];

    /// <param name="vocabulary">The pieces.</param>
    /// <param name="wanted">Which of them count.</param>
    public PieceTrie(Vocabulary vocabulary, Func<int, bool> wanted)
    {
        var ids = Enumerable.Range(0, vocabulary.IdLimit).Where(id => vocabulary.Piece(id).Length > 0 && wanted(id)).ToArray();
        Array.Sort(ids, (a, b) => vocabulary.Piece(a).SequenceCompareTo(vocabulary.Piece(b)));

        // Breadth first: each waiting stretch of the sorted pieces shares its first bytes, which lead to its node.
        var waiting = new Queue<(int Node, int From, int To, int Depth)>();
        waiting.Enqueue((0, 0, ids.Length, 0));
        while (waiting.TryDequeue(out var stretch))
        {
            var (node, from, to, depth) = stretch;
            var piece = -1;
            if (from < to && vocabulary.Piece(ids[from]).Length == depth)
                piece = ids[from++];
            var firstChild = _nodes.Count;
            while (from < to)
            {
                var label = vocabulary.Piece(ids[from])[depth];
                var end = from + 1;
                while (end < to && vocabulary.Piece(ids[end])[depth] == label)
                    end++;
                waiting.Enqueue((_nodes.Count, from, end, depth + 1));
                _nodes.Add(new());
                _labels.Add(label);
                from = end;
            }
            _nodes[node] = new(piece, firstChild, _nodes.Count - firstChild);
        }
    }

    /// <summary>The root.</summary>
    public static int Root => 0;

    /// <summary>The node that a byte leads to, or -1.</summary>
    public int Child(int node, byte label)
    {
        var (_, first, count) = _nodes[node];
        var index = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_labels).Slice(first, count).BinarySearch(label);
        return index < 0 ? -1 : first + index;
    }

    /// <summary>The piece that ends at a node, or -1.</summary>
    public int Piece(int node) => _nodes[node].Piece;

    private readonly record struct Node(int Piece, int FirstChild, int Children);
}
