using System.Diagnostics;
using System.Globalization;
using Exo.Hub;
using Exo.Hub.Pulls;

namespace Exo.Benchmarks.Hub;

/// <summary>A pull in a process of its own, to be measured or killed. It writes "here BYTES" first, "at BYTES" as it goes, "done RECEIVED" last.</summary>
internal static class PullProcess
{
    public const string Verb = "hub-pull";

    public static Process Start(string endpoint, string folder, int connections)
    {
        string[] arguments = [Verb, endpoint, folder, connections.ToString(CultureInfo.InvariantCulture)];
        var isDotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, isDotnet ? [typeof(PullProcess).Assembly.Location, .. arguments] : arguments) { RedirectStandardOutput = true })!;
    }

    /// <summary>The child's side.</summary>
    public static async Task<int> PullAsync(string[] arguments)
    {
        var connections = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using var puller = new Puller(new HubOptions { Endpoint = new Uri(arguments[0]), CacheFolder = arguments[1], MaxConnections = connections, StartConnections = connections });
        var plan = await puller.PlanAsync(ModelReference.Parse(HubProcess.Repository));
        Say("here", plan.BytesHere);
        var pull = puller.Start(plan);
        while (!pull.Completion.IsCompleted)
        {
            Say("at", pull.Current.BytesDone);
            await Task.WhenAny(pull.Completion, Task.Delay(20));
        }
        Say("done", (await pull.Completion).BytesReceived);
        return 0;
    }

    private static void Say(string what, long bytes)
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {bytes}"));
        Console.Out.Flush();
    }
}
