namespace Exo.Engine.Chat.Jinja;

/// <summary>All tests by name.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, Builtin> Tests =
        TypeTests.All.Concat(ComparisonTests.All).ToDictionary(test => test.Name, StringComparer.Ordinal);

    public static Builtin? Find(string name) => Tests.GetValueOrDefault(name);

    /// <exception cref="TemplateError">No such test.</exception>
    public static Builtin Get(string name) => Find(name) ?? throw new TemplateError($"no test named '{name}'");
}
