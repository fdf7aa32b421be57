using Exo.Api.Local;
using Exo.Client.Commands;
using Exo.Tests.Api.Local;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>Models whose files lie: the program answers all the same or says in one line what is wrong; it never falls over.</summary>
public sealed class SpoiledModelTests : IDisposable
{
    private const int SpoiledCount = 200;
    private readonly string _folder = Directory.CreateTempSubdirectory("exo-spoiled-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("qwen2")]
    [InlineData("llama-gqa")]
    public async Task Run_SpoiledFiles_EndInAnAnswerOrOneLine(string name)
    {
        var original = VectorModels.Folder(name);
        var codes = new List<int>();
        for (var seed = 0; seed < SpoiledCount / 2; seed++)
        {
            // Each has a folder of its own: a load that failed may still be reading another file of its model.
            var folder = Directory.CreateDirectory(Path.Combine(_folder, $"{seed}")).FullName;
            var what = Spoil(original, folder, new Random(seed));
            var console = new FakeConsole();

            var exitCode = await ExoCommandLine
                .RunAsync(["run", folder, "Hi", "--max-tokens", "2", "--seed", "1"], console, _ => new LocalExoService(_folder))
                .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

            var errors = console.Errors.ToString();
            Assert.True(exitCode is ExitCode.Success or ExitCode.Model, $"seed {seed}, {what}: exit code {exitCode}, {errors}");
            Assert.True(exitCode == ExitCode.Success || (errors.StartsWith("exo: ", StringComparison.Ordinal) && errors.Count(character => character == '\n') == 1), $"seed {seed}, {what}: {errors}");
            codes.Add(exitCode);
        }
        // The spoiling does spoil.
        Assert.InRange(codes.Count(code => code == ExitCode.Model), codes.Count / 4, codes.Count);
    }

    /// <summary>Makes a folder a copy of the model with one file spoiled; says which and how.</summary>
    private static string Spoil(string original, string folder, Random random)
    {
        foreach (var file in Directory.EnumerateFiles(original)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        string[] names = ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json", "model.safetensors"];
        var name = names[random.Next(names.Length)];
        var path = Path.Combine(folder, name);
        var bytes = File.ReadAllBytes(path).ToList();
        // Of the weights the header is the part that can lie.
        var reach = name.EndsWith(".safetensors", StringComparison.Ordinal) ? Math.Min(bytes.Count, 2048) : bytes.Count;
        var at = random.Next(reach);
        var how = random.Next(5);
        switch (how)
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 40)).Select(_ => (byte)random.Next(256)));
                break;
            default:
                for (var index = at; index < bytes.Count && index < at + 400; index++)
                    if (char.IsAsciiDigit((char)bytes[index])) bytes[index] = (byte)('0' + random.Next(10));
                break;
        }
        File.WriteAllBytes(path, [.. bytes]);
        return $"{name}, way {how} at byte {at}";
    }
}
