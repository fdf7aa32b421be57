using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace Exo.Grains.Tests.Losses;

/// <summary>
/// A silo's network cable. Pulled, not a byte passes, in or out, and nobody is told: connections stay open, and new ones open and stay mute. What was sent
/// meanwhile waits, as it does in a system's buffers.
/// </summary>
internal sealed class Cable
{
    private volatile TaskCompletionSource _plugged = Plugged();

    public void Pull() => _plugged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Plug() => _plugged.TrySetResult();

    /// <summary>Lays all of a silo's connections to other silos through the cable.</summary>
    public void Connect(ISiloBuilder silo) => silo.Configure<SiloConnectionOptions>(options =>
    {
        options.ConfigureSiloInboundConnection(connection => connection.Use(Lay));
        options.ConfigureSiloOutboundConnection(connection => connection.Use(Lay));
    });

    private ConnectionDelegate Lay(ConnectionDelegate next) => connection =>
    {
        connection.Transport = new Ends(new Inlet(connection.Transport.Input, this), new Outlet(connection.Transport.Output, this));
        return next(connection);
    };

    private static TaskCompletionSource Plugged()
    {
        var plugged = new TaskCompletionSource();
        plugged.SetResult();
        return plugged;
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>What the silo hears.</summary>
    private sealed class Inlet(PipeReader inner, Cable cable) : PipeReader
    {
        private TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(cancellationToken);
            var cancelled = _cancelled.Task;
            await Task.WhenAny(cable._plugged.Task, cancelled).WaitAsync(cancellationToken);
            if (!cancelled.IsCompleted) return read;
            _cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ReadResult(read.Buffer, isCanceled: true, read.IsCompleted);
        }

        public override bool TryRead(out ReadResult result)
        {
            result = default;
            return cable._plugged.Task.IsCompleted && inner.TryRead(out result);
        }

        public override void CancelPendingRead()
        {
            if (!cable._plugged.Task.IsCompleted) _cancelled.TrySetResult();
            inner.CancelPendingRead();
        }

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void Complete(Exception? exception = null) => inner.Complete(exception);
    }

    /// <summary>What the silo says.</summary>
    private sealed class Outlet(PipeWriter inner, Cable cable) : PipeWriter
    {
        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            cable._plugged.Task.IsCompleted ? inner.FlushAsync(cancellationToken) : ValueTask.FromResult(new FlushResult(isCanceled: false, isCompleted: false));

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);
    }
}
