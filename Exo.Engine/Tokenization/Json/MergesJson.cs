using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Exo.Engine.Tokenization.Models;

namespace Exo.Engine.Tokenization.Json;

/// <summary>Reads a BPE model's merges, "a b" or ["a", "b"], first the one that is made first.</summary>
internal static class MergesJson
{
    /// <param name="reader">At the list's beginning.</param>
    /// <param name="file">For errors.</param>
    /// <param name="vocabulary">Has both parts of every merge and what they become.</param>
    /// <param name="continuingPrefix">What the right part loses when it joins; null for nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static MergeTable Read(ref Utf8JsonReader reader, string file, Vocabulary vocabulary, string? continuingPrefix)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Invalid("must be a list");
        var prefix = Encoding.UTF8.GetByteCount(continuingPrefix ?? "");
        var merges = new MergeTable(vocabulary.Count);
        var pair = new byte[256];
        var joined = new byte[256];
        var guess = 0;
        for (var rank = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; rank++)
        {
            int border, length;
            if (reader.TokenType == JsonTokenType.String)
            {
                length = CopyString(ref reader, ref pair, 0);
                border = pair.AsSpan(0, length).IndexOf((byte)' ');
                if (border < 0 || pair.AsSpan(border + 1, length - border - 1).Contains((byte)' '))
                    throw Invalid("must be two pieces with a space between", rank);
                pair.AsSpan(border + 1, --length - border).CopyTo(pair.AsSpan(border));
            }
            else
            {
                if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.String)
                    throw Invalid("must be two pieces", rank);
                border = CopyString(ref reader, ref pair, 0);
                if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                    throw Invalid("must be two pieces", rank);
                length = border + CopyString(ref reader, ref pair, border);
                if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray)
                    throw Invalid("must be two pieces", rank);
            }
            Add(rank, pair.AsSpan(0, border), pair.AsSpan(border, length - border), pair.AsSpan(0, length));
        }
        return merges;

        void Add(int rank, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, ReadOnlySpan<byte> both)
        {
            if (prefix > 0)
            {
                if (right.Length < prefix)
                    throw Invalid($"the right part lacks the prefix {continuingPrefix}", rank);
                if (joined.Length < both.Length)
                    joined = new byte[both.Length];
                left.CopyTo(joined);
                right[prefix..].CopyTo(joined.AsSpan(left.Length));
                both = joined.AsSpan(0, both.Length - prefix);
            }

            var (leftId, rightId) = (IdOf(left, rank), IdOf(right, rank));

            // Most vocabularies have what merges make in the order of the merges: the next id is likely the one.
            guess = vocabulary.Piece(guess + 1).SequenceEqual(both) ? guess + 1 : IdOf(both, rank);
            merges.Add(leftId, rightId, rank, guess);
        }

        int IdOf(ReadOnlySpan<byte> piece, int rank) =>
            vocabulary.Find(piece) is >= 0 and var id ? id : throw Invalid($"\"{Encoding.UTF8.GetString(piece)}\" is not in the vocabulary", rank);

        InvalidModelException Invalid(string problem, int rank = -1) => new(file, rank < 0 ? "model.merges" : $"model.merges[{rank}]", problem);
    }

    private static int CopyString(ref Utf8JsonReader reader, ref byte[] buffer, int at)
    {
        if (buffer.Length - at < reader.ValueSpan.Length)
            Array.Resize(ref buffer, (at + reader.ValueSpan.Length) * 2);
        return reader.CopyString(buffer.AsSpan(at));
    }
}
