using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Pulls;

/// <summary>How a pull shows itself.</summary>
internal enum PullStyle
{
    /// <summary>The pull is what was asked for: the model's folder is the answer.</summary>
    Command,

    /// <summary>As <see cref="Command"/>, in JSON: each snapshot one line.</summary>
    Json,

    /// <summary>The pull is on the way to something else, whose output it leaves alone.</summary>
    Aside,
}

/// <summary>Fetches a model and shows how far that is.</summary>
internal sealed class PullRun(CommandContext context, PullRequest request, PullStyle style)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(3);

    private readonly IConsole _console = context.Console;

    /// <summary>What would be fetched, and nothing fetched.</summary>
    public async Task PlanAsync(CancellationToken cancellationToken)
    {
        var plan = await AskAsync(cancellationToken);
        if (style == PullStyle.Json) _console.Out.WriteLine(JsonSerializer.Serialize(plan, ExoJson.Line.PullPlan));
        else PullPlanText.WriteWhole(plan, _console.Out);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var plan = await AskAsync(cancellationToken);
        if (style != PullStyle.Json) _console.Tell(PullPlanText.Summary(plan));
        if (style != PullStyle.Json && PullPlanText.Renaming(plan) is { } renaming) _console.Tell(renaming);

        using var view = View();
        using var keys = view is PullScreen && HasKeys() ? PullKeys.Begin(_console, context.Service, request.Model) : null;
        var start = context.Time.GetTimestamp();
        PullProgress? last = null;
        try
        {
            await foreach (var progress in context.Service.PullAsync(request, cancellationToken))
            {
                last = progress;
                if (keys is not null) keys.IsPaused = progress.Phase == PullPhase.Paused;
                view.Show(keys?.Refusal is { } refusal ? progress with { Notice = refusal } : progress);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            view.Clear();
            _console.Tell(Stopped(last, plan));
            throw;
        }
        view.Clear();
        if (style == PullStyle.Json) return;
        if (last is not null && last.ByteCount > last.CachedByteCount) _console.Tell(Fetched(last, context.Time.GetElapsedTime(start)));
        if (style == PullStyle.Command) _console.Out.WriteLine(plan.Destination);
    }

    /// <summary>The plan. A hub may be slow, or ask to be left alone for minutes: it is said what is being waited for.</summary>
    private async Task<PullPlan> AskAsync(CancellationToken cancellationToken)
    {
        var asked = context.Service.PlanPullAsync(request, cancellationToken);
        using var answered = new CancellationTokenSource();
        if (await Task.WhenAny(asked, Task.Delay(LongestSilence, context.Time, answered.Token)) != asked) _console.Tell($"Asking for {request.Model}: no answer yet, still trying.");
        await answered.CancelAsync();
        return await asked;
    }

    private IPullView View()
    {
        if (style == PullStyle.Json) return new PullJsonLines(_console.Out);
        var area = new LiveArea(_console);
        var lines = new PullLines(_console.Error, context.Time);
        return area.IsVisible ? new PullScreen(_console, new PullBars(_console, area, HasKeys()), lines) : lines;
    }

    /// <summary>The terminal is this pull's alone: what comes after another kind of pull reads keys itself.</summary>
    private bool HasKeys() => style == PullStyle.Command && _console.InputIsTerminal;

    private static string Stopped(PullProgress? last, PullPlan plan) =>
        $"Stopped. {Quantity.Bytes(last?.DoneByteCount ?? plan.PresentByteCount)} of {Quantity.Bytes(plan.ByteCount)} are here and checked; the same command goes on from there.";

    private static string Fetched(PullProgress last, TimeSpan elapsed)
    {
        var fetched = last.ByteCount - last.CachedByteCount;
        return $"Fetched and checked {Quantity.Bytes(fetched)} in {Quantity.Duration(elapsed.TotalSeconds)}, {Quantity.Bytes(fetched / Math.Max(elapsed.TotalSeconds, 1e-3))}/s.";
    }
}
