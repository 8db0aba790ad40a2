#!/bin/bash
echo "a web server of our own"
