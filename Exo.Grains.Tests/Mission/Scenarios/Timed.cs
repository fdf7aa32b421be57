using System.Diagnostics;
using Exo.Api;
using Exo.Grains.Nodes;
using Exo.Grains.Tests.Losses.Scenarios;
using Exo.Grains.Wire;

namespace Exo.Grains.Tests.Mission.Scenarios;

/// <summary>What grain calls and tokens took, in milliseconds, over one phase or several.</summary>
internal sealed class Timed
{
    private static readonly TimeSpan CallInterval = TimeSpan.FromMilliseconds(5);

    public Samples Calls { get; } = new();

    public Samples Tokens { get; } = new();

    /// <summary>Calls a node and reads stories side by side until it is over; the story that is being read is read to its end.</summary>
    /// <exception cref="InvalidOperationException">An answer is not the undisturbed one.</exception>
    public Task MeasureAsync(IExoService service, StoryStream story, INodeGrain node, CancellationToken over) =>
        Task.WhenAll(Task.Run(() => CallAsync(node, over), CancellationToken.None), Task.Run(() => ReadAsync(service, story, over), CancellationToken.None));

    private async Task CallAsync(INodeGrain node, CancellationToken over)
    {
        var frame = new Frame(new byte[64]);
        while (!over.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await node.EchoAsync(frame);
            Calls.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(CallInterval, CancellationToken.None);
        }
    }

    private async Task ReadAsync(IExoService service, StoryStream story, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var (seen, last) = (0, 0L);
            await story.ReadAsync(service, tokens =>
            {
                var now = Stopwatch.GetTimestamp();
                if (seen > 0 && tokens > seen) Tokens.Add(Stopwatch.GetElapsedTime(last, now).TotalMilliseconds / (tokens - seen));
                (seen, last) = (tokens, now);
            });
        }
    }
}
