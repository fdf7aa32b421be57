using Exo.Api;
using Exo.Api.Http;
using Exo.Api.Http.Native;
using Microsoft.AspNetCore.Http;

namespace Exo.Silo.Stopping;

/// <summary>Knows the requests that run. Once the silo stops, new ones are sent elsewhere, and those that run may end; the last are cut off.</summary>
internal sealed class Drain(TimeProvider time) : IDisposable
{
    /// <summary>What never ends by itself, and loses nothing by being cut: whoever watches connects anew, to another node.</summary>
    private static readonly PathString[] Endless = ["/exo/events", "/dashboard"];

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private int _running;

    public bool IsStopping => _stopping.IsCancellationRequested;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!TryEnter())
        {
            context.Response.Headers.Connection = "close";
            context.Response.Headers.RetryAfter = "1";
            context.Response.Headers[Wire.VersionHeader] = Wire.Version; // An Exo, whatever is asked of it.
            await HttpErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, HttpErrors.Body(ExoErrorKind.Unavailable, "this node is stopping: ask another one"));
            return;
        }
        var isEndless = Array.Exists(Endless, path => context.Request.Path.StartsWithSegments(path));
        using var ending = (isEndless ? _stopping : _cut).Token.Register(context.Abort);
        try
        {
            await next(context);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Refuses new requests and waits for the running ones; cuts off what still runs after the limit, and says how many these were.</summary>
    public async Task<int> StopAsync(TimeSpan limit)
    {
        lock (_gate)
        {
            _stopping.Cancel();
            if (_running == 0) return 0;
        }
        try
        {
            await _idle.Task.WaitAsync(limit, time);
            return 0;
        }
        catch (TimeoutException)
        {
            var running = Volatile.Read(ref _running);
            await _cut.CancelAsync();
            return running;
        }
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _cut.Dispose();
    }

    private bool TryEnter()
    {
        lock (_gate)
        {
            if (IsStopping) return false;
            _running++;
            return true;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_running == 0 && IsStopping) _idle.TrySetResult();
        }
    }
}
