using Exo.Api.Events;
using Exo.Api.Http.Native;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Exo.Api.Http;

/// <summary>
/// <c>/exo/events</c>: what the server is doing, as server-sent events. Each is a whole snapshot; a client that comes back with
/// <c>Last-Event-ID</c> gets what has changed meanwhile.
/// </summary>
internal sealed class EventEndpoint(IEventSource events, HttpLimits limits, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Wire.Events, Guarded.Endpoint(WatchAsync));

    private async Task WatchAsync(HttpContext context)
    {
        var stream = new LineStream(context, asEvents: true);
        context.Response.Headers[Wire.VersionHeader] = Wire.Version;
        await stream.BeatAsync(); // The watcher sees at once that it is one.
        var after = context.Request.Headers["Last-Event-ID"].ToString();
        using var end = Guarded.UntilStopping(context);
        try
        {
            await foreach (var next in events.WatchAsync(after.Length == 0 ? null : after, end.Token).WithSilences(limits.Heartbeat, time, end.Token))
            {
                if (next.IsSilence) await stream.BeatAsync();
                else await stream.SendAsync(next.Item.Event, ExoJson.Line.ExoEvent, $"id: {next.Item.Id}\nevent: {NameOf(next.Item.Event)}\n");
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The server is ending: the watcher comes back to the next one with the id it has.
        }
    }

    private static string NameOf(ExoEvent snapshot) => snapshot switch
    {
        { Failure: not null } => "failure",
        { Pull: not null } => "pull",
        { Load: not null } => "load",
        { Models: not null } => "models",
        _ => "nodes",
    };
}
