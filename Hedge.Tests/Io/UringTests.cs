using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Uring;
using NUnit.Framework;

namespace Hedge.Tests.Io;

/// <summary>What holds for the ring only: its fallbacks, its system calls, and its absence.</summary>
[TestFixture]
[Category("fast")]
public sealed unsafe class UringTests
{
    private const int DeniedErrno = 1;

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    public void Every_set_of_setup_flags_carries_connections(int firstStep)
    {
        NeedUring();
        Assert.That(Ring.SetupStepCount, Is.EqualTo(6), "each has a case here");
        CoreIoOptions small = new() { ReceiveBuffers = 4, ReceiveBufferBytes = 4096 };
        TestHandler handler = null!;
        using CoreHost host = new(
            () => UringCoreIo.TryCreate(small, out _, firstStep)!, io => handler = new TestHandler(io));
        EndPoint address = host.Listen();
        byte[] data = new byte[2_000_000];
        new Random(firstStep).NextBytes(data);
        Parallel.For(0, 3, _ =>
        {
            using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
            client.ReceiveTimeout = (int)CoreHost.Patience.TotalMilliseconds;
            client.Connect(address);
            Thread sender = new(() => client.Send(data));
            sender.Start();
            byte[] got = new byte[data.Length];
            for (int at = 0; at < got.Length;)
                at += client.Receive(got, at, got.Length - at, SocketFlags.None);
            sender.Join();
            Assert.That(got.AsSpan().SequenceEqual(data), "every byte in its place");
        });
        Assert.That(SpinWait.SpinUntil(() => Volatile.Read(ref handler.ClosedCount) == 3, CoreHost.Patience));
    }

    [Test]
    public void A_turn_is_one_system_call_and_a_turn_without_work_none()
    {
        NeedUring();
        using UringCoreIo io = UringCoreIo.TryCreate(new CoreIoOptions(), out _)!;
        TestHandler handler = new(io);
        ListeningSocket socket =
            UringListeningSocket.Open(new ListenAddress(new IPEndPoint(IPAddress.Loopback, 0), 16));
        io.Transport.AcceptFrom([socket]);
        EndPoint address = socket.Bound;
        io.Submit();
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.Connect(address);
        while (handler.AcceptedCount == 0)
        {
            io.Wait(-1);
            io.Poll(handler);
        }

        io.Submit();
        long idle = io.Enters;
        for (int i = 0; i < 1000; i++)
        {
            io.Submit();
            io.Poll(handler);
        }

        Assert.That(io.Enters, Is.EqualTo(idle), "nothing to do, no system call");

        const int Rounds = 200;
        byte[] request = new byte[64];
        long before = io.Enters;
        for (int i = 0; i < Rounds; i++)
        {
            client.Send(request);
            long target = handler.ReceivedBytes + request.Length;
            // Submits the answer of the round before, and sleeps until this round's request.
            while (handler.ReceivedBytes < target)
            {
                io.Wait(-1);
                io.Poll(handler);
            }

            Assert.That(handler.Outputs[0].Length, Is.EqualTo(request.Length), "they wait for the next turn");
        }

        // A few more, because the runtime's signals interrupt sleeps.
        Assert.That(io.Enters - before, Is.InRange(Rounds, Rounds + Rounds / 10));
        io.Submit();
        Assert.That(handler.Outputs[0].Length, Is.Zero, "and are gone with the submission");
    }

    [Test]
    public void Many_reads_reach_the_kernel_before_the_turn_ends_and_few_take_no_call_of_their_own()
    {
        NeedUring();
        PosixDisk disk = new();
        string directory = Directory.CreateTempSubdirectory("hedge-io-").FullName;
        using AlignedBuffer buffer = new(4096);
        using (UringCoreIo io = UringCoreIo.TryCreate(new CoreIoOptions(), out _)!)
        using (DiskFile file = disk.Open(Path.Combine(directory, "file"), DiskOpenMode.Create))
        {
            disk.Write(file, 0, buffer.Span);
            TestHandler handler = new(io);
            io.Submit();
            long before = io.Enters;
            for (int i = 0; i < 2; i++) io.Disk.Read(file, 0, buffer.Pointer, 4096, new Ignoring());
            Assert.That(io.Enters, Is.EqualTo(before), "two wait for the turn's end");
            io.Submit();
            Assert.That(io.Enters, Is.EqualTo(before + 1));
            for (int i = 0; i < 60; i++) io.Disk.Read(file, 0, buffer.Pointer, 4096, new Ignoring());
            Assert.That(io.Enters - before, Is.InRange(8, 21));
            while (io.Disk.InFlight > 0)
            {
                io.Wait(-1);
                io.Poll(handler);
            }
        }

        Directory.Delete(directory, recursive: true);
    }

    [Test]
    public void Where_io_uring_is_denied_the_portable_mode_runs_and_says_why()
    {
        CoreIoFactory? chosen = null;
        Exception? refusal = null;
        long written = 0;
        // A filter holds for its thread (and those it makes), as a container's does for all.
        Thread confined = new(() =>
        {
            if (!DenyUring()) return;
            chosen = CoreIoFactory.Probe(IoMode.Auto);
            refusal = Assert.Throws<NotSupportedException>(() => CoreIoFactory.Probe(IoMode.Uring));
            using ICoreIo io = chosen.Create();
            io.Wake();
            io.Wait(-1);
            written = 1;
        });
        confined.Start();
        Assert.That(confined.Join(CoreHost.Patience));
        if (chosen == null) Assert.Ignore("this machine allows no seccomp filters");
        Assert.That(chosen!.Mode, Is.EqualTo(IoMode.Portable));
        Assert.That(chosen.Reason, Is.EqualTo("io_uring is denied (EPERM): portable mode"));
        Assert.That(refusal!.Message, Is.EqualTo("io_uring is denied (EPERM)"));
        Assert.That(written, Is.EqualTo(1));
    }

    [Test]
    public void Wrong_sizes_are_all_named()
    {
        CoreIoOptions wrong = new() { SubmissionEntries = 7, ReceiveBuffers = 3, ReceiveBufferBytes = 1 };
        Assert.That(wrong.Problems(), Has.Count.EqualTo(4));
        Assert.Throws<ArgumentException>(() => CoreIoFactory.Probe(IoMode.Auto, wrong));
        Assert.That(new CoreIoOptions().Problems(), Is.Empty);
    }

    private static void NeedUring()
    {
        if (CoreIoFactory.Probe(IoMode.Auto).Mode != IoMode.Uring)
            Assert.Ignore("io_uring is not to be had here");
    }

    // SAFETY: the kernel copies the filter during the call.
    private static bool DenyUring()
    {
        const int NoNewPrivileges = 38, SetSeccomp = 22, FilterMode = 2;
        const uint Allow = 0x7FFF0000, Fail = 0x00050000;
        // struct sock_filter { u16 code; u8 jt; u8 jf; u32 k }: load the call's number, compare, answer.
        ulong* filter = stackalloc ulong[5];
        filter[0] = Instruction(0x20, 0, 0, 0);
        filter[1] = Instruction(0x35, 0, 2, 425);
        filter[2] = Instruction(0x25, 1, 0, 427);
        filter[3] = Instruction(0x06, 0, 0, Fail | DeniedErrno);
        filter[4] = Instruction(0x06, 0, 0, Allow);
        ulong* program = stackalloc ulong[2];
        program[0] = 5;
        program[1] = (ulong)filter;
        return Control(NoNewPrivileges, 1, 0, 0, 0) == 0
            && Control(SetSeccomp, FilterMode, (nint)program, 0, 0) == 0;
    }

    private static ulong Instruction(ushort code, byte ifTrue, byte ifFalse, uint operand)
        => code | ((ulong)ifTrue << 16) | ((ulong)ifFalse << 24) | ((ulong)operand << 32);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int Control(int option, nint a, nint b, nint c, nint d);

    private sealed class Ignoring : DiskOperation
    {
        public override void Complete(int result)
        {
        }
    }
}
