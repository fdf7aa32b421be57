namespace Exo.Engine.Cpu.Matrices;

/// <summary>
/// A matrix's rows cut into the items that threads take. With few tokens at hand memory is the limit: long runs of rows come first, which it gives fastest, ever shorter ones
/// towards the end, so that no thread waits long for another's last.
/// </summary>
internal sealed class RowItems
{
    /// <summary>Bytes that the longest items read: long enough that sharing out costs nothing.</summary>
    private const long MostByteCount = 1024 * 1024;

    /// <summary>Bytes that the last items read: a few microseconds, as long as it takes to begin another stream.</summary>
    private const long LeastByteCount = 64 * 1024;

    /// <summary>Rows of an item when many tokens are at hand.</summary>
    private const int PanelItemRows = 32;

    private const int RowGranule = 16;

    /// <summary>[count + 1]: the row that each item begins with, and behind the last one the end.</summary>
    private int[] _firstRows = [];

    public int Count { get; private set; }

    /// <summary>Rows of the longest item.</summary>
    public int MostRows { get; private set; }

    public int FirstRow(int item) => _firstRows[item];

    public int Rows(int item) => _firstRows[item + 1] - _firstRows[item];

    /// <summary>Cuts anew. All items but the last one are multiples of 16 rows.</summary>
    /// <param name="matrix">Whose rows.</param>
    /// <param name="rowByteCount">Bytes that an item reads for each of its rows.</param>
    /// <param name="byteCountAfter">Bytes that the same job reads after these rows: the short items are for its end.</param>
    /// <param name="tokens">Of the input.</param>
    /// <param name="threads">Who take the items.</param>
    public void Cut(CpuMatrix matrix, long rowByteCount, long byteCountAfter, int tokens, int threads)
    {
        rowByteCount = Math.Max(1, rowByteCount);
        var isPanels = tokens >= matrix.ManyTokens;
        var least = isPanels ? PanelItemRows : Granules(Math.Min(LeastByteCount / rowByteCount, matrix.Rows / (4L * threads)));
        var most = isPanels ? PanelItemRows : Math.Max(least, Granules(MostByteCount / rowByteCount));
        var rowsAfter = byteCountAfter / rowByteCount;
        (Count, MostRows) = (0, 0);
        for (var first = 0; first < matrix.Rows;)
        {
            var share = Granules((matrix.Rows - first + rowsAfter) / (2L * threads));
            var rows = Math.Min(Math.Clamp(share, least, most), matrix.Rows - first);
            if (_firstRows.Length < Count + 2) Array.Resize(ref _firstRows, Math.Max(64, 2 * _firstRows.Length));
            _firstRows[Count++] = first;
            _firstRows[Count] = first += rows;
            MostRows = Math.Max(MostRows, rows);
        }
    }

    private static int Granules(long rows) => checked((int)Math.Max(1, rows / RowGranule) * RowGranule);
}
