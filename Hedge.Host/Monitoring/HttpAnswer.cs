using System.Text;

namespace Hedge.Host.Monitoring;

/// <summary>What is sent for a request.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Type">Kind of content.</param>
/// <param name="Body">Content.</param>
internal sealed record HttpAnswer(int Status, string Type, ReadOnlyMemory<byte> Body)
{
    /// <summary>More headers.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>A line of text.</summary>
    public static HttpAnswer Line(int status, string text) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));
}
