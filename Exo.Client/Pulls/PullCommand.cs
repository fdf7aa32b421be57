using System.CommandLine;
using System.CommandLine.Parsing;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Hub;

namespace Exo.Client.Pulls;

/// <summary>`exo pull MODEL`: fetches what is missing of a model.</summary>
internal static class PullCommand
{
    private static readonly NumberRule<int> Connections = new("connections", "N", "Connections over all files", "a whole number from 1 to 256", value => value is >= 1 and <= 256);

    private static readonly NumberRule<int> Priority = new("priority", "N", "Pulls of a higher priority go first, where several compete in one server; default 0", "a whole number from -100 to 100", value => value is >= -100 and <= 100);

    public static Command Build(CommandContext context)
    {
        var model = new Argument<string>("MODEL") { Description = "org/name[:variant][@revision]" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be fetched, fetch nothing" };
        var include = new Option<string[]>("--include") { Description = "Fetch these files only; may be given several times", HelpName = "GLOB" };
        var exclude = new Option<string[]>("--exclude") { Description = "Leave these files out; may be given several times", HelpName = "GLOB" };
        var connections = Connections.AsOption();
        var limitRate = new Option<long?>("--limit-rate") { Description = "At most this many bytes a second; K, M and G multiply by 1024", HelpName = "20M", CustomParser = ParseRate };
        var priority = Priority.AsOption();
        var json = GlobalOptions.Json();

        var command = new Command("pull", "Fetch a model. Stopped at any moment, it goes on where it was.") { model, dryRun, include, exclude, connections, limitRate, priority, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new PullRequest
            {
                Model = parsed.GetRequiredValue(model),
                Include = parsed.GetValue(include) ?? [],
                Exclude = parsed.GetValue(exclude) ?? [],
                Connections = parsed.GetValue(connections),
                BytesPerSecond = parsed.GetValue(limitRate),
                Priority = parsed.GetValue(priority) ?? 0,
            };
            var run = new PullRun(context, request, parsed.GetValue(json) ? PullStyle.Json : PullStyle.Command);
            await (parsed.GetValue(dryRun) ? run.PlanAsync(cancellationToken) : run.RunAsync(cancellationToken));
            return ExitCode.Success;
        });
        return command;
    }

    private static long? ParseRate(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value.Trim();
        if (SizeText.TryParse(text, out var byteCount) && byteCount is >= 1024 and < 1e15) return (long)byteCount;
        result.AddError($"--limit-rate takes bytes a second, at least 1K, such as 500K or 20M, not '{text}'");
        return null;
    }
}
