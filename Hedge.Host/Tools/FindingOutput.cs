using System.Text.Encodings.Web;
using System.Text.Json;
using Hedge.Storage.Checks;

namespace Hedge.Host.Tools;

/// <summary>Writes what a check or a salvage finds: a line each, or a JSON object a line.</summary>
internal sealed class FindingOutput(TextWriter output, ToolProgress progress, bool isJson) : ICheckSink
{
    /// <summary>How objects are written.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <inheritdoc/>
    public void Found(CheckFinding finding)
    {
        progress.End();
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                Kind = finding.IsDamage ? "damage" : "note",
                finding.File,
                Offset = finding.Offset < 0 ? (long?)null : finding.Offset,
                Partition = finding.Partition < 0 ? (int?)null : finding.Partition,
                finding.Key,
                finding.KeyEnd,
                finding.Message,
            }, Json));
            return;
        }

        string offset = finding.Offset < 0 ? "" : $" at {finding.Offset}";
        string partition = finding.Partition < 0 ? "" : $", partition {finding.Partition}";
        string key = finding.Key is null ? ""
            : finding.KeyEnd is null ? $", {finding.Key}" : $", from {finding.Key} up to {finding.KeyEnd}";
        string kind = finding.IsDamage ? "DAMAGE" : "note";
        output.WriteLine($"{kind} {finding.File}{offset}{partition}{key}: {finding.Message}");
    }

    /// <inheritdoc/>
    public void Progress(string what, long done, long total) => progress.Tell(what, done, total);
}
