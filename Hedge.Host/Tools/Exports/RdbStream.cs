using System.Text;

namespace Hedge.Host.Tools.Exports;

/// <summary>Receives what SYNC sends, as its bytes come.</summary>
/// <param name="connection">A connection that has asked for an RDB file alone.</param>
internal sealed class RdbStream(ToolConnection connection)
{
    private const int MarkBytes = 40;
    private const int BufferBytes = 1024 * 1024;

    /// <summary>Writes the file to a stream.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="progress">Is told how many bytes have come.</param>
    /// <exception cref="ToolException">The server refuses, or the connection ended before the
    /// file.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    public void CopyTo(Stream target, Action<long> progress)
    {
        byte[] mark = Begin();
        byte[] buffer = new byte[BufferBytes];
        int held = 0;
        long written = 0;
        while (true)
        {
            int received = connection.Read(buffer.AsSpan(held));
            if (received == 0)
            {
                throw new ToolException(
                    $"the server closed the connection after {written} bytes; its log says why");
            }

            held += received;
            bool isOver = held >= MarkBytes
                && buffer.AsSpan(held - MarkBytes, MarkBytes).SequenceEqual(mark);
            // The last bytes may be the mark, or its beginning.
            int whole = Math.Max(0, held - MarkBytes);
            target.Write(buffer, 0, whole);
            written += whole;
            if (isOver) return;
            buffer.AsSpan(whole, held - whole).CopyTo(buffer);
            held -= whole;
            progress(written);
        }
    }

    private byte[] Begin()
    {
        const string head = "$EOF:";
        connection.Begin(1);
        connection.Argument("SYNC"u8);
        connection.Send();
        string line = Line();
        if (line.StartsWith('-')) throw new ToolException($"SYNC: {line[1..]}");
        return line.StartsWith(head, StringComparison.Ordinal) && line.Length == head.Length + MarkBytes
            ? Encoding.ASCII.GetBytes(line[head.Length..])
            : throw new ToolException($"SYNC answers in a way that is not known: {line}");
    }

    private string Line()
    {
        var line = new StringBuilder();
        Span<byte> next = stackalloc byte[1];
        while (connection.Read(next) == 1)
        {
            if (next[0] == '\n' && line.Length > 0) return line.ToString().TrimEnd('\r');
            // Empty lines keep the connection alive.
            if (next[0] is not (byte)'\n') line.Append((char)next[0]);
        }

        throw new ToolException("the server closed the connection");
    }
}
