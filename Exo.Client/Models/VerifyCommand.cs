using System.CommandLine;
using System.Text.Json;
using Exo.Api;
using Exo.Client.Commands;
using Exo.Client.Terminal;

namespace Exo.Client.Models;

/// <summary>`exo verify MODEL`: checks what is on the disk against the hashes it came with.</summary>
internal static class VerifyCommand
{
    public static Command Build(CommandContext context)
    {
        var model = new Argument<string>("MODEL") { Description = "org/name[:variant][@revision]" };
        var json = GlobalOptions.Json();
        var command = new Command("verify", "Check a model's files on the disk against their hashes.") { model, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(context, parsed.GetRequiredValue(model), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, string model, bool json, CancellationToken cancellationToken)
    {
        using var area = new LiveArea(context.Console);
        VerifyProgress? last = null;
        await foreach (var progress in context.Service.VerifyAsync(model, cancellationToken))
        {
            last = progress;
            area.Show([Bar.Row("Checking", progress.ByteCount == 0 ? 1 : (double)progress.DoneByteCount / progress.ByteCount, context.Console.Width)]);
        }
        area.Clear();
        if (last is null) throw new ExoException(ExoErrorKind.Failure, $"{model}: there is nothing to check");

        var bad = last.Files.Where(file => file.Problem is not null).ToArray();
        if (json) context.Console.Out.WriteLine(JsonSerializer.Serialize(last, ExoJson.Line.VerifyProgress));
        else
        {
            foreach (var file in bad) context.Console.Out.WriteLine(Printable.Line($"{file.Path}: {file.Problem}"));
            if (bad.Length == 0) context.Console.Out.WriteLine(Verdict(model, last));
        }
        if (bad.Length == 0) return ExitCode.Success;
        throw new ExoException(ExoErrorKind.InvalidModel, $"{model}: {bad.Length} of {last.Files.Count} files are not what they should be; 'exo pull {model}' mends them");
    }

    private static string Verdict(string model, VerifyProgress last)
    {
        var unknown = last.Files.Count(file => !file.HasHash);
        var files = last.Files.Count == 1 ? "1 file" : $"{last.Files.Count} files";
        return unknown == 0
            ? $"{model}: {files}, {Quantity.Bytes(last.ByteCount)}, all as they should be."
            : $"{model}: {files}, {Quantity.Bytes(last.ByteCount)}; {unknown} of them came without a hash and can't be checked, the others are as they should be.";
    }
}
