using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Pulls;
using Exo.Client.Terminal;

namespace Exo.Client.Run;

/// <summary>A model that is ready, and how long making it so took; fetching it doesn't count.</summary>
internal sealed record OpenedModel(LoadedModelInfo Info, TimeSpan LoadTime);

/// <summary>Makes a model ready, fetching it first where it is missing, and shows how far that is.</summary>
internal sealed class ModelOpener(CommandContext context)
{
    /// <summary>A load that ends sooner shows no bar: it would only flash.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(250);

    /// <summary>Where no bar can be shown, nothing is said of a load that ends sooner; of a longer one, a line each tenth.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(3);

    public Task<OpenedModel> OpenAsync(LoadRequest request, CancellationToken cancellationToken) =>
        MissingModel.FetchedForAsync(context, request.Model, () => LoadAsync(request, cancellationToken), cancellationToken);

    private async Task<OpenedModel> LoadAsync(LoadRequest request, CancellationToken cancellationToken)
    {
        var start = context.Time.GetTimestamp();
        var clock = new LoadClock(context.Time);
        using var area = new LiveArea(context.Console);
        var toldTenth = -1;
        await foreach (var progress in context.Service.LoadAsync(request, cancellationToken))
        {
            clock.Tell(progress.IsFetching);
            if (progress.Model is { } model) return new OpenedModel(model, clock.LoadTime);
            var elapsed = context.Time.GetElapsedTime(start);
            if (area.IsVisible && elapsed > QuietTime) area.Show([BarRow(request.Model, progress.Fraction)]);
            if (!area.IsVisible && elapsed > LongestSilence) Tell(progress.Fraction);
        }
        throw new InvalidOperationException("The load ended without a model.");

        void Tell(double fraction)
        {
            var tenth = (int)(fraction * 10);
            if (tenth > toldTenth) context.Console.Tell($"Loading {request.Model}: {tenth * 10} %");
            toldTenth = Math.Max(tenth, toldTenth);
        }
    }

    private string BarRow(string model, double fraction) =>
        Bar.Row($"Loading {TextWidth.Clip(model, Math.Max(8, context.Console.Width / 3))}", fraction, context.Console.Width);
}
