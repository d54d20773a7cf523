namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>A payload that is being made.</summary>
internal interface IDumpPayload : IDisposable
{
    /// <summary>True when it would be longer than a reply can be; then it is not whole.</summary>
    bool IsTooLong { get; }

    /// <summary>The payload. Nothing can be added after this.</summary>
    ReadOnlySpan<byte> End();
}
