using Exo.Hub;
using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>An answer that is closed under a read may hand back anything: an HTTP connection gives its buffers to the next one.</summary>
public sealed class AbortedReadTests
{
    private const int FileByteCount = 1 << 20;
    private const int PieceByteCount = 40_000;

    [Fact]
    public async Task Cancel_UnderARead_LandsNothingOfWhatItStillGave()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "weights.partial");
        var source = new ClosedUnderRead();
        var request = new TransferRequest { Name = "weights", PartialPath = path, FileByteCount = FileByteCount, ETag = "1", Sources = [source] };
        using (var engine = new TransferEngine(new HubOptions { CacheFolder = folder.Path, StartConnections = 1, MaxConnections = 1 }))
        {
            var transfer = engine.Start(request);
            source.Cancel = transfer.Cancel;
            source.MayGoOn.Set();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transfer.Completion.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }

        var landed = RangeJournal.Read(request.JournalPath)!.Landed;
        Assert.Equal([new ByteRange(0, PieceByteCount)], landed);
        Assert.All(File.ReadAllBytes(path)[..PieceByteCount], found => Assert.Equal(ClosedUnderRead.Right, found));
    }

    /// <summary>Gives one right piece; in the next read the transfer is cancelled, and wrong bytes come.</summary>
    private sealed class ClosedUnderRead : IRangeSource
    {
        public const byte Right = 1;
        private const byte Wrong = 2;

        public string Name => "closed under a read";

        public bool IsPeer => false;

        public Action Cancel { get; set; } = () => { };

        public ManualResetEventSlim MayGoOn { get; } = new();

        public RangeAnswer Open(ByteRange? range, CancellationToken cancellationToken) => new Answer(this);

        private sealed class Answer(ClosedUnderRead source) : RangeAnswer
        {
            private int _reads;

            public override int Read(Span<byte> destination)
            {
                source.MayGoOn.Wait(TimeSpan.FromSeconds(30));
                var piece = destination[..Math.Min(PieceByteCount, destination.Length)];
                if (++_reads > 1) source.Cancel();
                piece.Fill(_reads > 1 ? Wrong : Right);
                return piece.Length;
            }

            public override void Abort()
            {
            }

            public override void Dispose()
            {
            }
        }
    }
}
