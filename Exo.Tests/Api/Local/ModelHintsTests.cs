using Exo.Api;
using Exo.Api.Local;
using Exo.Engine;

namespace Exo.Tests.Api.Local;

public sealed class ModelHintsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exo-hints-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_NoFile_SaysNothing() => Assert.Null(ModelHints.Read(_folder).PromptStyle);

    [Theory]
    [InlineData("""{ "prompt": "continue" }""", PromptStyle.Continue)]
    [InlineData("""{ "prompt": "chat", "more": [1] }""", PromptStyle.Chat)]
    [InlineData("{}", null)]
    public void Read_File_SaysHowAPromptIsTaken(string json, PromptStyle? expected) => Assert.Equal(expected, Read(json).PromptStyle);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{ "prompt": "sing" }""")]
    [InlineData("""{ "prompt": 3 }""")]
    [InlineData("""{ "prompt": """)]
    public void Read_FileThatSaysSomethingElse_IsInvalid(string json) => Assert.Contains("exo.json", Assert.Throws<InvalidModelException>(() => Read(json)).Message);

    private ModelHints Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "exo.json"), json);
        return ModelHints.Read(_folder);
    }
}
