using System.Buffers;
using Hedge.Resp.Clients;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>One client of the simulated server: sends its operations in chosen splits and reads the
/// replies.</summary>
internal sealed class SimClient(SimWorld world, int index)
{
    private readonly Queue<SimOp> _awaited = new();
    private readonly Queue<(SimOp Op, long End)> _sending = new();
    private readonly List<byte> _unsent = [];
    private readonly List<byte> _received = [];
    private SimPipe? _pipe;
    private long _sent;
    private int _session;

    public int Index => index;

    /// <summary>Replies still to come.</summary>
    public int Awaited => _awaited.Count;

    /// <summary>True when bytes wait to be sent.</summary>
    public bool HasUnsent => _unsent.Count > 0;

    public bool IsConnected => _pipe != null;

    /// <summary>The client has closed its sending side and waits for the server to close.</summary>
    public bool IsEnding => _pipe is { IsHalfClosed: true };

    /// <summary>True when the client reads slowly and more could be read.</summary>
    public bool IsStalled => _pipe is { Window: <= 0 };

    /// <summary>The connection was closed by the server.</summary>
    public long Closings { get; private set; }

    /// <summary>Connects, as a new session. The world tells the core.</summary>
    public SimPipe Connect(int session)
    {
        _session = session;
        _sent = 0;
        SimPipe? own = null;
        own = new SimPipe { Received = bytes => Receive(own!, bytes), Ended = () => End(own!) };
        return _pipe = own;
    }

    /// <summary>Puts an operation into the output.</summary>
    public void Issue(SimAction action)
    {
        if (action.Control != SimControl.None)
        {
            Obey(action.Control);
            return;
        }

        SimOp op = new()
        {
            Action = action,
            Client = index,
            Session = _session,
            Epoch = world.Epoch,
            Partitions = world.Options.Partitions,
        };
        _unsent.AddRange(action.Encode());
        _sending.Enqueue((op, _sent + _unsent.Count));
        _awaited.Enqueue(op);
        world.History.Add(op);
    }

    /// <summary>Sends the first bytes of the output, as one piece.</summary>
    public void Transmit(int count)
    {
        _pipe!.Send([.. _unsent.Take(count)]);
        _unsent.RemoveRange(0, count);
        _sent += count;
        while (_sending.TryPeek(out (SimOp Op, long End) next) && next.End <= _sent)
        {
            _sending.Dequeue();
            next.Op.Invoke = world.NextMoment();
            next.Op.InvokeMilliseconds = world.Clock.UnixMilliseconds;
        }
    }

    /// <summary>How many bytes <see cref="Transmit"/> may send.</summary>
    public int Unsent => _unsent.Count;

    /// <summary>A slow client reads a little.</summary>
    public void Read(int bytes) => _pipe!.Window = bytes;

    /// <summary>The server is gone.</summary>
    public void Lose()
    {
        _pipe = null;
        _awaited.Clear();
        _sending.Clear();
        _unsent.Clear();
        _received.Clear();
    }

    private void Obey(SimControl control)
    {
        switch (control)
        {
            case SimControl.Vanish:
                _pipe!.IsReset = true;
                Lose();
                break;
            case SimControl.HalfClose:
                if (_unsent.Count > 0) Transmit(_unsent.Count);
                _pipe!.IsHalfClosed = true;
                break;
            case SimControl.Stall:
                _pipe!.Window = _pipe.Window == long.MaxValue ? 16 : long.MaxValue;
                break;
        }
    }

    private void Receive(SimPipe pipe, ReadOnlyMemory<byte> bytes)
    {
        if (pipe != _pipe) return;
        world.Trace(bytes.Span);
        _received.AddRange(bytes.Span);
        RespReader reader = new(new ReadOnlySequence<byte>([.. _received]));
        while (reader.TryRead(out RespValue? reply))
        {
            if (!_awaited.TryPeek(out SimOp? op) || op.Invoke == long.MaxValue && !op.Action.IsTransaction)
                throw new SimFailureException($"client {index} got a reply to nothing: {reply}");
            if (!op.Take(reply!)) continue;
            _awaited.Dequeue();
            if (op.Reply == "+OK" && SimFiles.IsExport(op.Action))
                op.Reply = SimFiles.Read(world.Disk.Fork(1), op);
            op.Return = world.NextMoment();
            op.ReturnMilliseconds = world.Clock.UnixMilliseconds;
        }

        _received.RemoveRange(0, (int)reader.Consumed);
    }

    private void End(SimPipe pipe)
    {
        if (pipe != _pipe) return;
        Closings++;
        Lose();
    }
}
