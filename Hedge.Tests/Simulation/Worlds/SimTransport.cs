using System.Runtime.InteropServices;
using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// One core's connections over simulated pipes. Received bytes lie in memory that is poisoned after the
/// batch; sends take what the client's window allows; hangups, drains and closes are told after the batch,
/// as by the real transports.
/// </summary>
internal sealed unsafe class SimTransport(SimSeed seed) : ITransport
{
    private const int ConnectionReset = 104;

    private readonly SortedDictionary<int, Connection> _connections = [];
    private readonly Queue<SimSocket> _arrived = new();
    private readonly List<(nint Data, int Length)> _lent = [];

    /// <summary>True when a poll has something to tell.</summary>
    public bool HasEvents => _arrived.Count > 0 || _connections.Values.Any(connection => connection.HasEvent);

    /// <summary>A client connects.</summary>
    public void Arrive(SimSocket socket) => _arrived.Enqueue(socket);

    public void AcceptFrom(IReadOnlyList<ListeningSocket> sockets)
    {
        if (sockets.Count > 0) return;
        while (_arrived.TryDequeue(out SimSocket? socket)) socket.Dispose();
    }

    public OutputBuffer Adopt(AcceptedSocket socket, int connection, int keepAliveSeconds)
    {
        Invariant.Check(
            !_connections.ContainsKey(connection), "a connection's index is free when it is used");
        Connection adopted = new(((SimSocket)socket).Pipe);
        _connections.Add(connection, adopted);
        return adopted.Output;
    }

    public void Flush(int connection, long length)
    {
        Connection flushed = _connections[connection];
        Invariant.Check(length <= flushed.Output.Length, "only bytes in the buffer are flushed");
        flushed.Flushed = Math.Max(flushed.Flushed, length);
    }

    public void PauseReceive(int connection) => _connections[connection].IsPaused = true;

    public void ResumeReceive(int connection) => _connections[connection].IsPaused = false;

    public void Close(int connection, bool abort)
    {
        Connection closed = _connections[connection];
        closed.IsClosing = true;
        if (abort) closed.Flushed = 0;
    }

    /// <summary>What Submit does: gives flushed bytes to the clients, as far as they take them.</summary>
    public void Send()
    {
        foreach (Connection connection in _connections.Values) connection.Send();
    }

    /// <summary>Tells the handler what has happened. Returns the number of events.</summary>
    public int Deliver(ITransportHandler handler)
    {
        int told = 0;
        while (_arrived.TryDequeue(out SimSocket? socket))
        {
            handler.Accepted(socket);
            told++;
        }

        KeyValuePair<int, Connection>[] now = [.. _connections];
        foreach ((int index, Connection connection) in now)
        {
            if (!connection.CanReceive) continue;
            byte[] bytes = connection.Pipe.Take(seed.Chance(0.5));
            // SAFETY: freed after the end of the batch, by Reclaim.
            byte* data = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
            bytes.CopyTo(new Span<byte>(data, bytes.Length));
            _lent.Add(((nint)data, bytes.Length));
            handler.Received(index, data, bytes.Length);
            told++;
        }

        if (_lent.Count > 0) handler.EndOfBatch();
        Reclaim();
        foreach ((int index, Connection connection) in now) told += TellEnds(index, connection, handler);
        return told;
    }

    /// <summary>Frees what the connections hold.</summary>
    public void Dispose()
    {
        Reclaim();
        foreach (Connection connection in _connections.Values) connection.Output.Dispose();
        _connections.Clear();
    }

    private int TellEnds(int index, Connection connection, ITransportHandler handler)
    {
        if (connection.IsClosed)
        {
            _connections.Remove(index);
            connection.Output.Dispose();
            connection.Pipe.Ended();
            handler.Closed(index);
            return 1;
        }

        if (connection.IsClosing) return 0;
        int told = 0;
        if (connection.IsDrained)
        {
            connection.WasRefused = false;
            handler.Drained(index);
            told++;
        }

        if (!connection.IsEnded || connection.IsClosing) return told;
        connection.IsHungUp = true;
        handler.Hangup(index, connection.Pipe.IsReset ? ConnectionReset : 0);
        return told + 1;
    }

    private void Reclaim()
    {
        foreach ((nint data, int length) in _lent)
        {
            new Span<byte>((byte*)data, length).Fill(0xDD);
            NativeMemory.Free((void*)data);
        }

        _lent.Clear();
    }

    private sealed class Connection(SimPipe pipe)
    {
        public SimPipe Pipe => pipe;

        public OutputBuffer Output { get; } = new();

        public long Flushed { get; set; }

        public bool IsPaused { get; set; }

        public bool IsClosing { get; set; }

        public bool IsHungUp { get; set; }

        public bool WasRefused { get; set; }

        public bool CanReceive => !IsPaused && !IsClosing && !IsHungUp && pipe.HasBytes;

        public bool IsClosed => IsClosing && Flushed == 0;

        public bool IsDrained => WasRefused && Flushed == 0;

        public bool IsEnded => !IsHungUp && (pipe.IsReset || (pipe.IsHalfClosed && !pipe.HasBytes));

        public bool HasEvent => IsClosed || (!IsClosing && (CanReceive || IsDrained || IsEnded))
            || (Flushed > 0 && (pipe.Window > 0 || pipe.IsReset));

        public void Send()
        {
            if (Flushed == 0) return;
            long taken = pipe.IsReset ? Flushed : Math.Min(Flushed, pipe.Window);
            if (taken > 0)
            {
                if (!pipe.IsReset)
                {
                    pipe.Window -= pipe.Window == long.MaxValue ? 0 : taken;
                    pipe.Received(Output.Slice(0, (int)taken).ToArray());
                }

                Output.Take(taken);
                Flushed -= taken;
            }

            if (Flushed > 0) WasRefused = true;
        }
    }
}
