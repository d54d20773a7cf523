namespace Hedge.Resp;

/// <summary>What <see cref="RequestParser.Parse"/> found at the start of its input.</summary>
public enum ParseStatus
{
    /// <summary>More bytes are needed; see <see cref="RequestParser.BytesWanted"/>.</summary>
    Incomplete,

    /// <summary>One whole request. Its argument count is 0 for an empty one, which gets no reply.</summary>
    Complete,

    /// <summary>The client broke the protocol: send the error, then close the connection.</summary>
    Error,
}
